using Kevo.Fuzz.Engine;
using Kevo.Wire.Codecs;

namespace Kevo.Fuzz.Targets;

/// <summary>What holds for every codec, whatever the bytes.</summary>
internal static class CodecChecks
{
    private const int Guard = 64;
    private const byte GuardByte = 0xA5;

    /// <summary>
    /// Decompresses <paramref name="input"/> as a frame and checks that nothing is written beyond the room, whose size
    /// the first byte of the input chooses.
    /// </summary>
    public static CodecFault Decompress(
        ICodec codec, ReadOnlySpan<byte> input, byte[] room, ref Signature signature, out int written)
    {
        int length = input.IsEmpty || input[0] % 2 == 0 ? room.Length - Guard : input[0] * 4;
        room.AsSpan(length, Guard).Fill(GuardByte);
        bool bounded = codec.TryGetContentBound(input, out _);
        CodecFault fault = codec.Decompress(input, room.AsSpan(0, length), out written);
        FuzzFindingException.Unless(
            room.AsSpan(length, Guard).IndexOfAnyExcept(GuardByte) < 0, "it wrote beyond its destination");
        if (fault == CodecFault.None)
        {
            FuzzFindingException.Unless(written <= length, "it wrote more than there was room for");
            FuzzFindingException.Unless(bounded, "it read a frame whose headers it cannot read");
        }

        signature.Add((int)fault);
        signature.Add(bounded ? 1 : 0);
        signature.AddMagnitude((ulong)written);
        return fault;
    }

    /// <summary>Compresses <paramref name="input"/> as content, and checks that it comes back.</summary>
    public static void RoundTrip(ICodec codec, ReadOnlySpan<byte> input, ref Signature signature)
    {
        byte[] frame = new byte[codec.MaxCompressedLength(input.Length)];
        int length = codec.Compress(input, frame);
        byte[] back = new byte[input.Length];
        CodecFault fault = codec.Decompress(frame.AsSpan(0, length), back, out int written);
        FuzzFindingException.Unless(
            fault == CodecFault.None
                && input.SequenceEqual(back.AsSpan(0, written)), "what was compressed does not come back");
        signature.AddMagnitude((ulong)(length * 8 / Math.Max(1, input.Length)));
    }

    /// <summary>A frame of content that compresses more or less.</summary>
    public static byte[] AnyFrame(ICodec codec, Random random)
    {
        byte[] content = new byte[random.Next(random.Next(6) == 0 ? 20_000 : 300)];
        for (int at = 0; at < content.Length;)
        {
            int run = Math.Min(content.Length - at, random.Next(1, 80));
            int from = random.Next(at + 1);
            if (random.Next(3) == 0 || at < run)
            {
                random.NextBytes(content.AsSpan(at, run));
            }
            else
            {
                content.AsSpan(Math.Min(from, at - run), run).CopyTo(content.AsSpan(at));
            }

            at += run;
        }

        byte[] frame = new byte[codec.MaxCompressedLength(content.Length)];
        return frame[..codec.Compress(content, frame)];
    }
}
