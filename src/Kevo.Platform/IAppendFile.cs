namespace Kevo.Platform;

/// <summary>A file being written from its start to its end. One thread at a time.</summary>
public interface IAppendFile : IDisposable
{
    /// <summary>The path it was created under, for messages.</summary>
    string Path { get; }

    /// <summary>Bytes appended so far.</summary>
    long Length { get; }

    /// <summary>
    /// Appends the bytes; a full disk is a <see cref="Core.StorageFault.Full"/> error and writes a prefix.
    /// </summary>
    void Append(string operation, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Waits until the disk is at work on at most <paramref name="most"/> bytes of this file, if it was put to work
    /// before the sync at all. Without it a fast writer fills the disk's queue, and every other sync waits behind that.
    /// Nothing is durable by it.
    /// </summary>
    /// <exception cref="Core.StorageException">
    /// <see cref="Core.StorageFault.SyncFailed"/>: the disk failed, and this is told once.
    /// </exception>
    void AwaitWriting(string operation, long most)
    {
    }

    /// <summary>Makes everything appended durable.</summary>
    void Sync(string operation);
}
