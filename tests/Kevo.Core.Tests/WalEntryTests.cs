using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Testing;

namespace Kevo.Core.Tests;

public sealed class WalEntryTests
{
    [Theory]
    [InlineData(Operation.Put, "value")]
    [InlineData(Operation.Put, "")]
    [InlineData(Operation.Merge, "x")]
    [InlineData(Operation.Delete, "")]
    public void What_is_written_is_read_back(Operation operation, string value)
    {
        byte[] payload = Make(operation, 77, "key"u8, System.Text.Encoding.ASCII.GetBytes(value));
        Assert.Equal(EntryFault.None, WalEntry.TryParse(payload, out WalEntry entry));
        Assert.Equal(operation, entry.Operation);
        Assert.Equal(77UL, entry.Sequence);
        Assert.Equal("key"u8.ToArray(), entry.Key.ToArray());
        Assert.Equal(value, System.Text.Encoding.ASCII.GetString(entry.Value));
        Assert.Equal(payload, entry.Payload.ToArray());
        WalEntry again = WalEntry.FromVerified(payload);
        Assert.True(again.Key.SequenceEqual(entry.Key) && again.Value.SequenceEqual(entry.Value));
    }

    [Fact]
    public void The_bytes_are_those_of_the_documented_layout() => Assert.Equal(
        Convert.FromHexString("01" + "0201000000000000" + "02000000" + "6B31" + "03000000" + "616263"),
        Make(Operation.Put, 0x0102, "k1"u8, "abc"u8));

    [Fact]
    public void A_delete_has_no_value_field() =>
        Assert.Equal(13 + 2, Make(Operation.Delete, 1, "k1"u8, default).Length);

    [Fact]
    public void Every_shorter_or_longer_run_of_bytes_is_refused()
    {
        byte[] payload = Make(Operation.Put, 5, "key"u8, "value"u8);
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Equal(EntryFault.Truncated, WalEntry.TryParse(payload.AsSpan(0, length), out _));
        }

        Assert.Equal(EntryFault.TrailingBytes, WalEntry.TryParse([.. payload, 0], out _));
        byte[] delete = Make(Operation.Delete, 5, "key"u8, default);
        Assert.Equal(EntryFault.TrailingBytes, WalEntry.TryParse([.. delete, 0, 0, 0, 0], out _));
    }

    [Theory]
    [InlineData((byte)0)]
    [InlineData((byte)4)]
    [InlineData((byte)255)]
    public void An_unknown_operation_is_refused(byte operation)
    {
        byte[] payload = Make(Operation.Put, 5, "key"u8, "value"u8);
        payload[0] = operation;
        Assert.Equal(EntryFault.UnknownOperation, WalEntry.TryParse(payload, out _));
    }

    [Fact]
    public void Limits_are_inclusive_and_checked_before_lengths_are_used()
    {
        byte[] largest = Make(
            Operation.Put, 5, new byte[EntryLimits.MaxKeyLength], new byte[EntryLimits.MaxValueLength]);
        Assert.Equal(EntryLimits.MaxPayloadLength, largest.Length);
        Assert.Equal(EntryFault.None, WalEntry.TryParse(largest, out _));

        byte[] payload = Make(Operation.Put, 5, "key"u8, "value"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(9), EntryLimits.MaxKeyLength + 1);
        Assert.Equal(EntryFault.KeyTooLong, WalEntry.TryParse(payload, out _));
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(9), uint.MaxValue);
        Assert.Equal(EntryFault.KeyTooLong, WalEntry.TryParse(payload, out _));
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(9), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(16), uint.MaxValue);
        Assert.Equal(EntryFault.ValueTooLong, WalEntry.TryParse(payload, out _));
    }

    [Fact]
    public void An_empty_key_and_sequence_0_are_refused()
    {
        Assert.Equal(EntryFault.EmptyKey, WalEntry.TryParse(Make(Operation.Put, 5, default, "v"u8), out _));
        Assert.Equal(EntryFault.ZeroSequence, WalEntry.TryParse(Make(Operation.Put, 0, "k"u8, "v"u8), out _));
    }

    [Fact]
    public void Random_bytes_never_parse_into_slices_outside_them()
    {
        int seed = Seed.For(11);
        var random = new Random(seed);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(5);
            bytes.AsSpan(10, 3).Clear();
            Span<byte> payload = bytes.AsSpan(0, random.Next(65));
            if (WalEntry.TryParse(payload, out WalEntry entry) == EntryFault.None)
            {
                int valueField = entry.Operation == Operation.Delete ? 0 : 4;
                Assert.True(
                    entry.Key.Length + entry.Value.Length + 13 + valueField == payload.Length,
                    $"seed {seed}, input {i}");
            }
        }
    }

    [Fact]
    public void Writing_into_too_little_room_is_refused() => Assert.Throws<ArgumentException>(
        () => WalEntry.Write(new byte[20], Operation.Put, 1, "key"u8, "value"u8));

    private static byte[] Make(Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        Assert.Equal(payload.Length, WalEntry.Write(payload, operation, sequence, key, value));
        return payload;
    }
}
