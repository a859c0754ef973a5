using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>A file for reading whose calls can be failed and recorded; dead once the machine has stopped.</summary>
internal sealed class FaultInjectingReadFile(FaultInjectingFileSystem owner, IRandomReadFile inner) : IRandomReadFile
{
    public string Path => inner.Path;

    public long Length => inner.Length;

    public int Read(string operation, long offset, Span<byte> destination)
    {
        byte[] buffer = new byte[destination.Length];
        int read = owner.Run(operation, Path, () => inner.Read(operation, offset, buffer));
        buffer.AsSpan(0, read).CopyTo(destination);
        return read;
    }

    public void Dispose() => inner.Dispose();
}
