using BenchmarkDotNet.Attributes;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;
using Snappier;

namespace Kevo.Benchmarks;

/// <summary>One payload through each codec: text-like content of three sizes, about half of it compressible.</summary>
[MemoryDiagnoser]
public class Codecs
{
    private ICodec _codec = new NoneCodec();
    private byte[] _content = [];
    private byte[] _frame = [];
    private byte[] _room = [];
    private int _frameLength;

    /// <summary>Bytes of content.</summary>
    [Params(100, 1000, 65536)]
    public int Length { get; set; }

    /// <summary>The codec.</summary>
    [Params(CompressionCodec.None, CompressionCodec.Zstd, CompressionCodec.Snappy)]
    public CompressionCodec Codec { get; set; }

    /// <summary>Makes the content and its frame.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        _codec = CodecFactory.Create(Codec);
        _content = new byte[Length];
        for (int at = 0; at < Length;)
        {
            int word = Math.Min(random.Next(2, 12), Length - at);
            if (at > 20 && random.Next(2) == 0)
            {
                _content.AsSpan(random.Next(at - 12), word).CopyTo(_content.AsSpan(at));
            }
            else
            {
                random.NextBytes(_content.AsSpan(at, word));
            }

            at += word;
        }

        _frame = new byte[_codec.MaxCompressedLength(Length)];
        _frameLength = _codec.Compress(_content, _frame);
        _room = new byte[Length];
    }

    /// <summary>Content to frame.</summary>
    [Benchmark]
    public int Compress() => _codec.Compress(_content, _frame);

    /// <summary>Frame to content.</summary>
    [Benchmark]
    public int Decompress()
    {
        _codec.Decompress(_frame.AsSpan(0, _frameLength), _room, out int written);
        return written;
    }

    /// <summary>Frame to content by the library alone, where ours differs from it (Snappy).</summary>
    [Benchmark]
    public int DecompressByLibrary() =>
        Codec == CompressionCodec.Snappy ? Snappy.Decompress(_frame.AsSpan(0, _frameLength), _room) : Decompress();
}
