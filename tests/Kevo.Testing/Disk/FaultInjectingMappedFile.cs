using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>A mapping whose named calls can be failed and recorded; dead once the machine has stopped.</summary>
internal sealed class FaultInjectingMappedFile(FaultInjectingFileSystem owner, IMappedFile inner) : IMappedFile
{
    public string Path => inner.Path;

    public long Length => inner.Length;

    public ReadOnlySpan<byte> Read(long offset, int length) => inner.Read(offset, length);

    public ReadOnlySpan<byte> ReadToEnd(long offset) => inner.ReadToEnd(offset);

    public Span<byte> Write(long offset, int length)
    {
        owner.RequireAlive();
        return inner.Write(offset, length);
    }

    public void Sync(string operation, long offset, long length) =>
        owner.Run(operation, Path, () => inner.Sync(operation, offset, length), isSync: true);

    public void Truncate(string operation, long length) =>
        owner.Run(operation, Path, () => inner.Truncate(operation, length));

    public void Release(long offset, long length) => inner.Release(offset, length);

    public void Dispose() => inner.Dispose();
}
