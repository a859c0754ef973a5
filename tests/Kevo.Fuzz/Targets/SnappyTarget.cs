using Kevo.Fuzz.Engine;
using Kevo.Wire.Codecs;
using Snappier;

namespace Kevo.Fuzz.Targets;

/// <summary>Snappy blocks: what ours accepts, the library reads the same way.</summary>
internal sealed class SnappyTarget : IFuzzTarget
{
    private readonly SnappyCodec _codec = new();
    private readonly byte[] _room = new byte[(256 << 10) + 64];

    /// <inheritdoc/>
    public string Name => "snappy";

    /// <inheritdoc/>
    public byte[] Generate(Random random) =>
        random.Next(2) == 0 ? HandWritten(random) : CodecChecks.AnyFrame(_codec, random);

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (CodecChecks.Decompress(_codec, input, _room, ref signature, out int written) == CodecFault.None)
        {
            FuzzFindingException.Unless(
                _room.AsSpan(0, written)
                    .SequenceEqual(Snappy.DecompressToArray(input)), "the library reads other bytes");
        }

        CodecChecks.RoundTrip(_codec, input, ref signature);
        return signature.Value;
    }

    // Elements of all four kinds, with distances and lengths around what is allowed; the length in front mostly fits.
    private static byte[] HandWritten(Random random)
    {
        List<byte> elements = [];
        int content = 0;
        for (int i = random.Next(1, 30); i > 0; i--)
        {
            int distance = Math.Max(0, content - random.Next(content + 2) + random.Next(-1, 2));
            int length = random.Next(1, 65);
            switch (random.Next(4))
            {
                case 0:
                    length = Math.Min(length, 60);
                    elements.Add((byte)((length - 1) << 2));
                    elements.AddRange(new byte[length].Select(_ => (byte)random.Next(256)));
                    break;
                case 1:
                    length = 4 + (length & 7);
                    elements.Add((byte)(1 | ((length - 4) << 2) | ((distance >> 8 & 7) << 5)));
                    elements.Add((byte)distance);
                    break;
                case 2:
                    elements.AddRange([(byte)(2 | ((length - 1) << 2)), (byte)distance, (byte)(distance >> 8)]);
                    break;
                default:
                    elements.AddRange(
                        [(byte)(3 | ((length - 1) << 2)), (byte)distance, (byte)(distance >> 8), (byte)(distance >> 16),
                            0]);
                    break;
            }

            content += length;
        }

        content += random.Next(8) == 0 ? random.Next(-2, 3) : 0;
        return [(byte)(content | 0x80), (byte)(content >> 7 & 0x7F), .. elements];
    }
}
