using Kevo.Wire.Contracts.Replication;
using Snappier;

namespace Kevo.Wire.Codecs;

/// <summary>
/// Snappy blocks (the raw format, without the framing of Snappy streams). Compression is Snappier's and costs one
/// object of 48 bytes a call; decompression is <see cref="SnappyBlock"/>, which allocates nothing.
/// </summary>
public sealed class SnappyCodec : ICodec
{
    /// <inheritdoc/>
    public CompressionCodec Codec => CompressionCodec.Snappy;

    /// <inheritdoc/>
    public int MaxCompressedLength(int length) => Snappy.GetMaxCompressedLength(length);

    /// <inheritdoc/>
    public int Compress(ReadOnlySpan<byte> content, Span<byte> destination)
    {
        if (destination.Length < MaxCompressedLength(content.Length))
        {
            throw new ArgumentException("The destination is shorter than the longest frame.", nameof(destination));
        }

        return Snappy.Compress(content, destination);
    }

    /// <inheritdoc/>
    public bool TryGetContentBound(ReadOnlySpan<byte> frame, out ulong bound)
    {
        bool read = SnappyBlock.TryReadLength(frame, out uint length, out _);
        bound = length;
        return read;
    }

    /// <inheritdoc/>
    public CodecFault Decompress(ReadOnlySpan<byte> frame, Span<byte> destination, out int written) =>
        SnappyBlock.Decompress(frame, destination, out written);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
