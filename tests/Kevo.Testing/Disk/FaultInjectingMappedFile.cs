using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>A mapping whose named calls can be failed and recorded; dead once the machine has stopped.</summary>
internal sealed class FaultInjectingMappedFile(FaultInjectingFileSystem owner, IMappedFile inner) : IMappedFile
{
    private StorageException? _late;
    private (string Operation, long Offset, long Length)? _syncing;

    public string Path => inner.Path;

    public long Length => inner.Length;

    public ReadOnlySpan<byte> Read(long offset, int length) => inner.Read(offset, length);

    public ReadOnlySpan<byte> ReadToEnd(long offset) => inner.ReadToEnd(offset);

    public Span<byte> Write(long offset, int length)
    {
        owner.RequireAlive();
        return inner.Write(offset, length);
    }

    public void WriteThrough(string operation, long offset, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        owner.Run(operation, Path, () => inner.WriteThrough(operation, offset, copy));
    }

    // As on a real disk, an error of a write behind shows when it is waited for.
    public void WriteBehind(string operation, long offset, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            WriteThrough(operation, offset, bytes.Span);
        }
        catch (StorageException failed)
        {
            _late ??= failed;
        }
    }

    public void FinishWriting()
    {
        StorageException? failed = _late;
        _late = null;
        if (failed is not null)
        {
            throw failed;
        }
    }

    public void Sync(string operation, long offset, long length) =>
        owner.Run(operation, Path, () => inner.Sync(operation, offset, length), isSync: true);

    // Counted, failed and done when it is waited for.
    public void SyncBehind(string operation, long offset, long length)
    {
        _ = inner.Read(offset, (int)length);
        if (_syncing is not null)
        {
            throw new InvalidOperationException($"A sync of {Path} is under way.");
        }

        _syncing = (operation, offset, length);
    }

    public bool TryAwaitSync(TimeSpan atMost) => _syncing is null || !owner.IsBusy();

    public TimeSpan FinishSyncing()
    {
        if (_syncing is { } sync)
        {
            _syncing = null;
            Sync(sync.Operation, sync.Offset, sync.Length);
        }

        return TimeSpan.Zero;
    }

    public void Truncate(string operation, long length) =>
        owner.Run(operation, Path, () => inner.Truncate(operation, length));

    public void Release(long offset, long length) => inner.Release(offset, length);

    public void Dispose() => inner.Dispose();
}
