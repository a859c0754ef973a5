namespace Kevo.Wire;

/// <summary>
/// A <c>WALStreamResponse</c> that is already encoded, to be written to a stream as it is. The sender keeps the bytes
/// unchanged until the write has completed.
/// </summary>
/// <param name="bytes">The encoded response; not copied.</param>
public sealed class EncodedResponse(ReadOnlyMemory<byte> bytes)
{
    /// <summary>A response without entries: the heartbeat.</summary>
    public static EncodedResponse Heartbeat { get; } = new(default);

    /// <summary>
    /// The encoded response. A <see cref="StreamResponseWriter"/> replaces it when it completes its next one.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; internal set; } = bytes;
}
