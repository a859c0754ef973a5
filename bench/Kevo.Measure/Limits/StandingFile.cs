using Microsoft.Win32.SafeHandles;

namespace Kevo.Measure.Limits;

/// <summary>
/// A file that has been written once, so that its blocks are on the disk and its pages in memory, and is now written
/// over from beginning to end, again and again, as a log does that uses the files of its deleted segments again. One
/// thread writes; the file goes with the object.
/// </summary>
public sealed class StandingFile : IDisposable
{
    /// <summary>
    /// What a log takes with the product's defaults: 256 MiB that it keeps, and two segments, 384 MiB.
    /// </summary>
    public const long LogBytes = 384L << 20;

    private const int Piece = 1 << 20;

    private readonly string _path;
    private readonly long _length;
    private readonly SafeFileHandle _file;
    private long _at;

    /// <summary>Makes the file, which must not exist yet, and syncs it.</summary>
    public StandingFile(string path, long length)
    {
        _path = path;
        _length = length;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        byte[] piece = new byte[Piece];
        Random.Shared.NextBytes(piece);
        for (long at = 0; at < length; at += Piece)
        {
            RandomAccess.Write(_file, piece.AsSpan(0, (int)Math.Min(Piece, length - at)), at);
        }

        Sync();
    }

    /// <summary>Writes behind what was written last, or at the beginning where no room is left.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_at + bytes.Length > _length)
        {
            _at = 0;
        }

        RandomAccess.Write(_file, bytes, _at);
        _at += bytes.Length;
    }

    /// <summary>Returns when everything written is durable.</summary>
    public void Sync() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }
}
