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
