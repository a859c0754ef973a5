using System.Buffers.Binary;
using Kevo.Fuzz.Engine;
using Kevo.Wire.Codecs;

namespace Kevo.Fuzz.Targets;

/// <summary>Zstandard frames: compressed, damaged, and written by hand from blocks of all kinds.</summary>
internal sealed class ZstdTarget : IFuzzTarget
{
    private readonly ZstdCodec _codec = new();
    private readonly byte[] _room = new byte[(256 << 10) + 64];

    /// <inheritdoc/>
    public string Name => "zstd";

    /// <inheritdoc/>
    public byte[] Generate(Random random) =>
        random.Next(3) == 0 ? HandWritten(random) : CodecChecks.AnyFrame(_codec, random);

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        CodecChecks.Decompress(_codec, input, _room, ref signature, out _);
        CodecChecks.RoundTrip(_codec, input, ref signature);
        return signature.Value;
    }

    // Without entropy coding a frame is easily written: raw blocks (0), blocks of one repeated byte (1), and blocks of
    // the other two kinds that cannot be right.
    private static byte[] HandWritten(Random random)
    {
        List<byte> frame = [0x28, 0xB5, 0x2F, 0xFD, (byte)(random.Next(6) == 0 ? random.Next(256) : 0), 11 << 3];
        byte[] header = new byte[4];
        int blocks = random.Next(1, 6);
        for (int block = 0; block < blocks; block++)
        {
            int kind = random.Next(6) switch { 0 => random.Next(4), < 4 => 1, _ => 0 };
            int size = kind == 0 ? random.Next(50) : random.Next(random.Next(2) == 0 ? 200 : 1 << 21);
            int last = block == blocks - 1 ? 1 : 0;
            BinaryPrimitives.WriteInt32LittleEndian(header, (size << 3) | (kind << 1) | last);
            frame.AddRange(header.AsSpan(0, 3));
            frame.AddRange(new byte[kind == 0 ? size : 1]);
        }

        return [.. frame];
    }
}
