namespace Kevo.Platform;

/// <summary>
/// A file mapped into memory. Spans are valid until <see cref="IDisposable.Dispose"/>; the owner guarantees that no
/// reader holds one then. One writer; readers on other threads may read bytes the writer has published.
/// </summary>
public interface IMappedFile : IDisposable
{
    /// <summary>The path it was opened under, for messages.</summary>
    string Path { get; }

    /// <summary>Mapped length in bytes.</summary>
    long Length { get; }

    /// <summary>Bytes [<paramref name="offset"/>, offset + length) for reading.</summary>
    ReadOnlySpan<byte> Read(long offset, int length);

    /// <summary>
    /// Bytes from <paramref name="offset"/> to the end of the file as it is now, at most
    /// <see cref="int.MaxValue"/>. When the file is cut meanwhile, only what lies before the new end may be
    /// touched.
    /// </summary>
    ReadOnlySpan<byte> ReadToEnd(long offset);

    /// <summary>Bytes [<paramref name="offset"/>, offset + length) for writing.</summary>
    /// <exception cref="InvalidOperationException">The file was mapped read-only.</exception>
    Span<byte> Write(long offset, int length);

    /// <summary>
    /// Makes the bytes of the range durable (data and what is needed to find it), blocking until the disk says so. The
    /// range is widened to pages.
    /// </summary>
    void Sync(string operation, long offset, long length);

    /// <summary>
    /// Like <see cref="Sync"/>, but may return before it is done: another thread waits for the disk. The caller leaves
    /// the pages of the range alone, and starts no other, until <see cref="FinishSyncing"/>, which also tells of an
    /// error.
    /// </summary>
    void SyncBehind(string operation, long offset, long length) => Sync(operation, offset, length);

    /// <summary>
    /// Waits for the <see cref="SyncBehind"/> before it, but not for long.
    /// </summary>
    /// <returns>Whether <see cref="FinishSyncing"/> would return at once.</returns>
    bool TryAwaitSync(TimeSpan atMost) => true;

    /// <summary>
    /// Returns when the <see cref="SyncBehind"/> before it, if there is one, has made its range durable. Closing the
    /// file instead leaves open whether it did.
    /// </summary>
    /// <returns>How long the disk took, whenever that was; zero when nothing was under way.</returns>
    /// <exception cref="Core.StorageException">It failed; told once.</exception>
    TimeSpan FinishSyncing() => TimeSpan.Zero;

    /// <summary>
    /// Puts bytes into the file by a call to the system instead of through the mapping; readers of the mapping see them
    /// when this returns. For long runs of bytes: a page that was never written through the mapping needs no fault to
    /// become writable, and no interruption of the other processors to become clean again when it is synced.
    /// </summary>
    /// <exception cref="Core.StorageException">
    /// The system refused; what the range holds is not known then.
    /// </exception>
    /// <exception cref="InvalidOperationException">The file was mapped read-only.</exception>
    void WriteThrough(string operation, long offset, ReadOnlySpan<byte> bytes) =>
        bytes.CopyTo(Write(offset, bytes.Length));

    /// <summary>
    /// Like <see cref="WriteThrough"/>, but may return before it is done: another thread writes, and gives the bytes to
    /// the disk at once. The caller leaves <paramref name="bytes"/> and the range alone until
    /// <see cref="FinishWriting"/>, which also tells of an error. Nothing is durable before a <see cref="Sync"/>.
    /// </summary>
    void WriteBehind(string operation, long offset, ReadOnlyMemory<byte> bytes) =>
        WriteThrough(operation, offset, bytes.Span);

    /// <summary>Waits for every <see cref="WriteBehind"/> so far, and takes part in the work.</summary>
    /// <exception cref="Core.StorageException">One of them failed; told once.</exception>
    void FinishWriting()
    {
    }

    /// <summary>
    /// Cuts the file to <paramref name="length"/> bytes and makes that durable. <see cref="Length"/> shrinks; no
    /// reader may hold a span of what is cut off.
    /// </summary>
    /// <exception cref="InvalidOperationException">The file was mapped read-only.</exception>
    void Truncate(string operation, long length);

    /// <summary>
    /// Tells the system that the range is not needed in this process's memory for now. Contents are unaffected; the
    /// resident size shrinks.
    /// </summary>
    void Release(long offset, long length);
}
