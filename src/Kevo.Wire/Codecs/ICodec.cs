using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Codecs;

/// <summary>
/// Compresses and decompresses single payloads between spans. Keeps working memory between calls, so an instance
/// belongs to one thread at a time; dispose it to free that memory.
/// </summary>
public interface ICodec : IDisposable
{
    /// <summary>The number under which the protocol knows the codec.</summary>
    CompressionCodec Codec { get; }

    /// <summary>Bytes that <see cref="Compress"/> may need for <paramref name="length"/> bytes of content.</summary>
    int MaxCompressedLength(int length);

    /// <summary>Compresses <paramref name="content"/> into one frame.</summary>
    /// <returns>Bytes of the frame.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="destination"/> is shorter than <see cref="MaxCompressedLength"/>.
    /// </exception>
    int Compress(ReadOnlySpan<byte> content, Span<byte> destination);

    /// <summary>
    /// Learns from a frame's own headers how much its content is at most, if the frame is sound. The number comes from
    /// the sender and may be absurd: it chooses a buffer below a limit, never above.
    /// </summary>
    /// <returns>False when the bytes do not even start as a frame, or end inside it.</returns>
    bool TryGetContentBound(ReadOnlySpan<byte> frame, out ulong bound);

    /// <summary>
    /// Decompresses one whole frame. Stops as soon as the content would pass the end of <paramref name="destination"/>;
    /// never writes beyond it. What the destination holds after a fault is undefined.
    /// </summary>
    CodecFault Decompress(ReadOnlySpan<byte> frame, Span<byte> destination, out int written);
}
