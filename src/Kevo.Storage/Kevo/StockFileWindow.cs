using System.Buffers;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Buffered positioned reads of a file that may still grow. Owns the file and a pooled buffer. One thread.
/// </summary>
internal sealed class StockFileWindow : IDisposable
{
    private const int BufferLength = 256 * 1024;

    private readonly IRandomReadFile _file;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private long _start;
    private int _filled;

    public StockFileWindow(IRandomReadFile file)
    {
        _file = file;
        Length = file.Length;
    }

    /// <summary>The path of the file, for messages.</summary>
    public string Path => _file.Path;

    /// <summary>The length the file had at the last <see cref="Refresh"/>; bytes behind it are not looked at.</summary>
    public long Length { get; private set; }

    /// <summary>Looks for growth; what was read before stays valid only if the file is append-only.</summary>
    public void Refresh() => Length = Math.Max(Length, _file.Length);

    /// <summary>
    /// Up to <paramref name="length"/> bytes at an offset; fewer only at the end. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Peek(long offset, int length)
    {
        length = (int)Math.Clamp(Length - offset, 0, Math.Min(length, _buffer.Length));
        if (offset < _start || offset + length > _start + _filled)
        {
            Fill(offset);
            length = Math.Min(length, _filled);
        }

        return _buffer.AsSpan((int)(offset - _start), length);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
        _file.Dispose();
    }

    private void Fill(long offset)
    {
        _start = offset;
        _filled = 0;
        int wanted = (int)Math.Clamp(Length - offset, 0, _buffer.Length);
        while (_filled < wanted)
        {
            int read = _file.Read("STOCK:READ", offset + _filled, _buffer.AsSpan(_filled, wanted - _filled));
            if (read == 0)
            {
                return;
            }

            _filled += read;
        }
    }
}
