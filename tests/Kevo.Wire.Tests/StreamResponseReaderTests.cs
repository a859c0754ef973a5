using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>The reader on bytes written by hand.</summary>
public sealed class StreamResponseReaderTests
{
    // put, sequence 1, key "k", value "v"
    private const string Payload = "01" + "0100000000000000" + "01000000" + "6B" + "01000000" + "76";

    [Fact]
    public void An_empty_response_has_no_entries()
    {
        StreamResponseReader reader = new(default);

        Assert.Equal(0, reader.EntryCount);
        Assert.False(reader.Compressed);
        Assert.Equal(CompressionCodec.None, reader.Codec);
        Assert.False(reader.TryReadEntry(out _));
    }

    [Fact]
    public void One_entry_is_read_as_it_stands()
    {
        byte[] bytes = Convert.FromHexString("0A17" + "0801" + "1213" + Payload);
        StreamResponseReader reader = new(bytes);

        Assert.Equal(1, reader.EntryCount);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal(1UL, entry.Sequence);
        Assert.Equal(Convert.FromHexString(Payload), entry.Payload.ToArray());
        Assert.Equal(FragmentType.Full, entry.FragmentType);
        Assert.Equal(0U, entry.Checksum);
        Assert.False(reader.TryReadEntry(out _));
        Assert.False(reader.TryReadEntry(out _));
    }

    [Fact]
    public void A_payload_is_a_view_of_the_message()
    {
        byte[] bytes = Convert.FromHexString("0A06" + "0801" + "1202AABB");
        StreamResponseReader reader = new(bytes);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));

        bytes[^1] = 0xCC;

        Assert.Equal(new byte[] { 0xAA, 0xCC }, entry.Payload.ToArray());
    }

    [Theory]
    [InlineData("0A0A" + "0801" + "1202AABB" + "1803" + "2001" + "1001" + "1801", "flags behind the entries")]
    [InlineData("1001" + "1801" + "0A0A" + "0801" + "1202AABB" + "1803" + "2001", "flags before the entries")]
    [InlineData("1801" + "0A0A" + "2001" + "1803" + "1202AABB" + "0801" + "1001", "entry fields backwards")]
    [InlineData(
        "1000" + "1802" + "0A0A" + "0801" + "1202AABB" + "1803" + "2001" + "1801" + "1001", "the last flag counts")]
    [InlineData("1001" + "1801" + "0A10" + "0807" + "1202CCDD" + "2001" + "1803" + "0801"
        + "1202AABB", "the last field counts")]
    [InlineData("1801" + "1002" + "0A0A" + "0801" + "1202AABB" + "1803" + "2001", "any number but 0 is true")]
    [InlineData("908000" + "01" + "1801" + "0A0A" + "0801" + "1202AABB" + "1803" + "2001", "a key in a longer form")]
    public void Fields_come_in_any_order(string hex, string why)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(ReadResponse.ByLibrary(bytes), ReadResponse.ByReader(bytes));
        Assert.True("compressed=True codec=1 entries=1 [1 f=3 c=1 AABB]" == ReadResponse.ByReader(bytes), why);
    }

    [Fact]
    public void A_checksum_has_all_32_bits()
    {
        // 0xCBF43926 in groups of seven bits from the low end: 26 72 50 5F 0C
        byte[] bytes = Convert.FromHexString("0A0A" + "0801" + "1200" + "20A6F2D0DF0C");
        StreamResponseReader reader = new(bytes);

        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal(0xCBF43926U, entry.Checksum);
    }

    [Fact]
    public void A_sequence_has_all_64_bits()
    {
        byte[] bytes = Convert.FromHexString("0A0B" + "08FFFFFFFFFFFFFFFFFF01");
        StreamResponseReader reader = new(bytes);

        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal(ulong.MaxValue, entry.Sequence);
        Assert.True(entry.Payload.IsEmpty);
    }

    [Theory]
    [InlineData("2805", "number")]
    [InlineData("290102030405060708", "64 bits")]
    [InlineData("2A03AABBCC", "bytes")]
    [InlineData("2D01020304", "32 bits")]
    [InlineData("F8FFFFFF0F05", "the highest field number")]
    public void Unknown_fields_are_passed_over(string field, string what)
    {
        byte[] outside = Convert.FromHexString(field + "0A06" + "0801" + "1202AABB" + field);
        Assert.True("compressed=False codec=0 entries=1 [1 f=0 c=0 AABB]" == ReadResponse.ByReader(outside), what);

        byte[] inner = Convert.FromHexString(field + "0801" + "1202AABB" + field);
        byte[] inside = [0x0A, (byte)inner.Length, .. inner];
        Assert.True("compressed=False codec=0 entries=1 [1 f=0 c=0 AABB]" == ReadResponse.ByReader(inside), what);
    }

    [Fact]
    public void Unknown_enumeration_numbers_are_handed_on()
    {
        byte[] bytes = Convert.FromHexString("1807" + "0A0F" + "0801" + "1200" + "18FFFFFFFFFFFFFFFFFF01");
        StreamResponseReader reader = new(bytes);

        Assert.Equal(7, (int)reader.Codec);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal(-1, (int)entry.FragmentType);
    }
}
