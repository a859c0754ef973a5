using Kevo.Core;

namespace Kevo.Wire;

/// <summary>Limits of a <see cref="PayloadDecoder"/>.</summary>
public sealed record PayloadDecoderOptions
{
    /// <summary>64 MiB.</summary>
    public const long DefaultMaxDecompressedBytes = 64L << 20;

    /// <summary>
    /// The most bytes that the compressed payloads of one message may decompress to, all together (default 64 MiB). One
    /// payload never decompresses to more than <see cref="EntryLimits.MaxPayloadLength"/>, because no entry is longer.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public long MaxDecompressedBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(MaxDecompressedBytes));
            field = value;
        }
    } = DefaultMaxDecompressedBytes;
}
