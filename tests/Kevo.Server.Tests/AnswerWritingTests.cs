using System.Buffers;
using System.Buffers.Binary;
using Kevo.Server.Reads;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Tests;

/// <summary>Answers written without generated messages are the bytes the generated ones would be.</summary>
public sealed class AnswerWritingTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(127, 128)]
    [InlineData(4096, 16384)]
    [InlineData(200, 3_000_000)]
    public void A_row_is_what_protobuf_says(int keyLength, int valueLength)
    {
        byte[] key = new byte[keyLength];
        byte[] value = new byte[valueLength];
        new Random(keyLength + valueLength).NextBytes(key);
        ScanResponse expected = new()
        {
            Key = Google.Protobuf.ByteString.CopyFrom(key),
            Value = Google.Protobuf.ByteString.CopyFrom(value),
        };

        ScanRow passedOn = new();
        passedOn.Show(key, value);
        BufferSerialization buffer = new(4 << 20);
        ScanRow.Serialize(passedOn, buffer);
        Assert.Equal(expected, ScanResponse.Parser.ParseFrom(buffer.Written));
        Assert.Equal(expected.CalculateSize(), buffer.Announced);
        Assert.Equal(buffer.Announced, buffer.Written.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(1000)]
    public void A_chunk_is_the_rows_as_messages_one_after_the_other(int roomLength)
    {
        (byte[] Key, byte[] Value)[] rows =
        [
            ([1], []), ([2], new byte[127]), (new byte[20], new byte[13]), (new byte[300], new byte[128]),
            (new byte[4096], new byte[16384]), ([0xFF], [7]),
        ];
        ArrayBufferWriter<byte> body = new();
        ScanChunk chunk = new(body, roomLength);
        foreach ((byte[] key, byte[] value) in rows)
        {
            chunk.Add(key, value);
        }

        chunk.Complete();
        ReadOnlySpan<byte> written = body.WrittenSpan;
        foreach ((byte[] key, byte[] value) in rows)
        {
            Assert.Equal(0, written[0]);
            int length = BinaryPrimitives.ReadInt32BigEndian(written[1..]);
            ScanResponse row = ScanResponse.Parser.ParseFrom(written.Slice(5, length));
            Assert.True(row.Key.Span.SequenceEqual(key));
            Assert.True(row.Value.Span.SequenceEqual(value));
            Assert.Equal(row.CalculateSize(), length);
            written = written[(5 + length)..];
        }

        Assert.True(written.IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16384)]
    public void A_value_is_what_protobuf_says(int length)
    {
        byte[] value = new byte[length];
        BufferSerialization buffer = new(1 << 20);
        ValueAnswer.Serialize(ValueAnswer.Found(value), buffer);
        GetResponse expected = new() { Found = true, Value = Google.Protobuf.ByteString.CopyFrom(value) };
        Assert.Equal(expected, GetResponse.Parser.ParseFrom(buffer.Written));
        Assert.Equal(expected.CalculateSize(), buffer.Announced);
        Assert.Equal(buffer.Announced, buffer.Written.Length);
    }

    [Fact]
    public void Writing_rows_allocates_nothing()
    {
        byte[] key = new byte[16];
        byte[] value = new byte[100];
        ArrayBufferWriter<byte> body = new(64 << 10);
        Assert.Equal(0, AllocatedBytes.LeastOf(
            () =>
            {
                body.ResetWrittenCount();
                AddRows(body, key, value);
            },
            times: 100));
        Assert.True(body.WrittenCount > 200 * (key.Length + value.Length));
    }

    private static void AddRows(ArrayBufferWriter<byte> body, byte[] key, byte[] value)
    {
        ScanChunk chunk = new(body, 36 << 10);
        for (int row = 0; row < 200; row++)
        {
            chunk.Add(key, value);
        }

        chunk.Complete();
    }
}
