using Kevo.Server.Reads;
using Kevo.Storage;
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
        MemoryStore store = new();
        byte[] key = new byte[keyLength];
        byte[] value = new byte[valueLength];
        new Random(keyLength + valueLength).NextBytes(key);
        store.Put(key, value);
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan([], []);
        Assert.True(cursor.MoveNext());
        BufferSerialization buffer = new(4 << 20);
        ScanRow.Serialize(new ScanRow(cursor), buffer);
        Assert.Equal(buffer.Announced, buffer.Written.Length);
        ScanResponse expected = new()
        {
            Key = Google.Protobuf.ByteString.CopyFrom(key),
            Value = Google.Protobuf.ByteString.CopyFrom(value),
        };
        Assert.Equal(expected, ScanResponse.Parser.ParseFrom(buffer.Written));
        Assert.Equal(expected.CalculateSize(), buffer.Announced);
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
        MemoryStore store = new();
        store.Put(new byte[16], new byte[100]);
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan([], []);
        Assert.True(cursor.MoveNext());
        ScanRow row = new(cursor);
        BufferSerialization buffer = new(1 << 16);
        ScanRow.Serialize(row, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int each = 0; each < 10_000; each++)
        {
            buffer.Clear();
            ScanRow.Serialize(row, buffer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
