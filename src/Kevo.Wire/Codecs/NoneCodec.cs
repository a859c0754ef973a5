using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Codecs;

/// <summary>No compression: a frame is its content.</summary>
public sealed class NoneCodec : ICodec
{
    /// <inheritdoc/>
    public CompressionCodec Codec => CompressionCodec.None;

    /// <inheritdoc/>
    public int MaxCompressedLength(int length) => length;

    /// <inheritdoc/>
    public int Compress(ReadOnlySpan<byte> content, Span<byte> destination)
    {
        content.CopyTo(destination);
        return content.Length;
    }

    /// <inheritdoc/>
    public bool TryGetContentBound(ReadOnlySpan<byte> frame, out ulong bound)
    {
        bound = (ulong)frame.Length;
        return true;
    }

    /// <inheritdoc/>
    public CodecFault Decompress(ReadOnlySpan<byte> frame, Span<byte> destination, out int written)
    {
        if (!frame.TryCopyTo(destination))
        {
            written = 0;
            return CodecFault.TooLarge;
        }

        written = frame.Length;
        return CodecFault.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
