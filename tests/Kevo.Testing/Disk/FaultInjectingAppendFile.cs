using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>An append file whose calls can be failed and recorded; dead once the machine has stopped.</summary>
internal sealed class FaultInjectingAppendFile(FaultInjectingFileSystem owner, IAppendFile inner) : IAppendFile
{
    public string Path => inner.Path;

    public long Length => inner.Length;

    public void Append(string operation, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        owner.Run(operation, Path, () => inner.Append(operation, copy));
    }

    public void AwaitWriting(string operation, long most) =>
        owner.Run(operation, Path, () => inner.AwaitWriting(operation, most), isSync: true);

    public void Sync(string operation) => owner.Run(operation, Path, () => inner.Sync(operation), isSync: true);

    public void Dispose() => inner.Dispose();
}
