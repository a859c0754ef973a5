using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Codecs;

/// <summary>Makes codecs from the numbers the protocol uses.</summary>
public static class CodecFactory
{
    /// <summary>True when this build knows the codec.</summary>
    public static bool IsKnown(CompressionCodec codec) =>
        codec is CompressionCodec.None or CompressionCodec.Zstd or CompressionCodec.Snappy;

    /// <summary>A new codec, which the caller disposes.</summary>
    /// <exception cref="ProtocolException">The number is none of the protocol's codecs.</exception>
    public static ICodec Create(CompressionCodec codec) => codec switch
    {
        CompressionCodec.None => new NoneCodec(),
        CompressionCodec.Zstd => new ZstdCodec(),
        CompressionCodec.Snappy => new SnappyCodec(),
        _ => throw new ProtocolException(
            $"Compression codec {(int)codec} is unknown; this version knows 0 (none), 1 (zstd) and 2 (snappy)."),
    };
}
