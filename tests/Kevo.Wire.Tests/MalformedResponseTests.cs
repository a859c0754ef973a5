using Google.Protobuf;
using Kevo.Core;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>
/// The reader on bytes no sender should produce: a <see cref="ProtocolException"/> each, and nothing else.
/// </summary>
public sealed class MalformedResponseTests
{
    [Theory]
    [InlineData("0A", 1, "ends inside a number")]
    [InlineData("0A05AABB", 1, "a field of 5 bytes")]
    [InlineData("0AFFFFFFFF07", 1, "a field of 2147483647 bytes")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", 1, "a field of 18446744073709551615 bytes")]
    [InlineData("10", 1, "ends inside a number")]
    [InlineData("1080", 1, "ends inside a number")]
    [InlineData("10FFFFFFFFFFFFFFFFFF02", 1, "longer than 64 bits")]
    [InlineData("10FFFFFFFFFFFFFFFFFFFF01", 1, "longer than 64 bits")]
    [InlineData("00", 0, "0 is no field key")]
    [InlineData("07", 0, "7 is no field key")]
    [InlineData("8080808010", 0, "is no field key")]
    [InlineData("0B", 1, "field 1 has wire type 3")]
    [InlineData("0801", 1, "field 1 has wire type 0")]
    [InlineData("1201AA", 1, "field 2 has wire type 2")]
    [InlineData("1D01020304", 1, "field 3 has wire type 5")]
    [InlineData("2B2C", 1, "field 5 has wire type 3")]
    [InlineData("2C", 1, "field 5 has wire type 4")]
    [InlineData("2E", 1, "field 5 has wire type 6")]
    [InlineData("2F", 1, "field 5 has wire type 7")]
    [InlineData("2901020304050607", 1, "a field of 8 bytes")]
    [InlineData("2D010203", 1, "a field of 4 bytes")]
    [InlineData("0A0108", 3, "ends inside a number")]
    [InlineData("1000" + "0A0612FF7F080101", 5, "a field of 16383 bytes")]
    [InlineData("0A021207", 3, "a field of 7 bytes")]
    [InlineData("0A020A00", 3, "field 1 has wire type 2")]
    [InlineData("0A03120001", 4, "1 is no field key")]
    public void A_fault_is_named_with_its_place(string hex, int offset, string fault)
    {
        byte[] bytes = Convert.FromHexString(hex);

        ProtocolException error = Assert.Throws<ProtocolException>(() => ReadResponse.ByReader(bytes));

        Assert.Contains($"at byte {offset}:", error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_at_any_byte_it_is_a_shorter_response_or_an_error_but_never_other_entries()
    {
        WALStreamResponse response = new() { Compressed = true, Codec = CompressionCodec.Snappy };
        for (ulong sequence = 1; sequence <= 5; sequence++)
        {
            response.Entries.Add(new WALEntry
            {
                SequenceNumber = sequence << 40,
                Payload = ByteString.CopyFrom(Sample.Put(sequence, "key", new byte[(int)sequence * 50])),
                FragmentType = FragmentType.Middle,
                Checksum = 0xCBF43926,
            });
        }

        byte[] whole = response.ToByteArray();
        int accepted = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            if (Outcome(cut) is string read)
            {
                accepted++;
                Assert.Equal(ReadResponse.ByLibrary(cut), read);
            }
        }

        // Only a cut between outer fields leaves a response: before each of five entries and two flags.
        Assert.Equal(7, accepted);
    }

    [Fact]
    public void With_any_bit_flipped_it_agrees_with_the_library_or_is_an_error()
    {
        byte[] whole = Sample.Response(300, Sample.Put(300, "key", 1, 2, 3), CompressionCodec.Zstd, 0xCBF43926, 2);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] bytes = [.. whole];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Outcome(bytes) is string read)
            {
                Assert.True(ReadResponse.ByLibrary(bytes) == read, $"bit {bit} flipped");
            }
        }
    }

    [Fact]
    public void On_random_bytes_it_agrees_with_the_library_or_is_an_error()
    {
        int seed = Seed.For(20260901);
        Random random = new(seed);
        byte[] whole = Sample.Response(300, Sample.Put(300, "key", 1, 2, 3), CompressionCodec.Zstd, 0xCBF43926, 2);
        int accepted = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] bytes = round % 2 == 0 ? [.. whole] : new byte[random.Next(1, 24)];
            if (round % 2 == 1)
            {
                random.NextBytes(bytes);
            }

            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (Outcome(bytes) is string read)
            {
                accepted++;
                Assert.True(ReadResponse.ByLibrary(bytes) == read, $"seed {seed}: {Convert.ToHexString(bytes)}");
            }
        }

        Assert.True(accepted > 1000, $"seed {seed}: only {accepted} inputs were accepted, so little was compared");
    }

    private static string? Outcome(byte[] bytes)
    {
        try
        {
            return ReadResponse.ByReader(bytes);
        }
        catch (ProtocolException)
        {
            return null;
        }
    }
}
