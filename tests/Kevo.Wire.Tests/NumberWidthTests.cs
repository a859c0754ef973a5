using Kevo.Wire;

namespace Kevo.Wire.Tests;

/// <summary>Numbers of every width are read alike, with bytes behind them or at the very end of a message.</summary>
public sealed class NumberWidthTests
{
    public static TheoryData<int> Widths { get; } = [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_sequence_of_any_width_is_read_back(int bits)
    {
        ulong power = 1UL << bits;
        ulong[] sequences = [power - 1, power, power | (power >> 1), power | 0x55, ulong.MaxValue >> bits];
        foreach (ulong sequence in sequences)
        {
            foreach (int payloadLength in new[] { 0, 1, 127, 128, 16_383, 16_384, 300_000 })
            {
                using var writer = new StreamResponseWriter();
                Assert.True(writer.TryAppend(sequence, new byte[payloadLength]));
                StreamResponseReader reader = new(writer.Complete().Bytes.Span);
                Assert.True(reader.TryReadEntry(out StreamEntry entry));
                Assert.Equal(sequence, entry.Sequence);
                Assert.Equal(payloadLength, entry.Payload.Length);
                Assert.False(reader.TryReadEntry(out _));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_number_that_is_the_last_of_the_message_is_read_alike(int bits)
    {
        ulong number = 1UL << bits;
        Span<byte> message = stackalloc byte[16];
        message[0] = 0x0A;
        int length = 2;
        message[length++] = 0x08;
        for (ulong rest = number; ; rest >>= 7)
        {
            message[length++] = (byte)(rest >= 0x80 ? rest | 0x80 : rest);
            if (rest < 0x80)
            {
                break;
            }
        }

        message[1] = (byte)(length - 2);
        StreamResponseReader reader = new(message[..length]);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal(number, entry.Sequence);
    }
}
