using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>The bytes that are written, against the published ones and an independent encoder.</summary>
public sealed class StockWalWriterTests
{
    [Fact]
    public void The_published_records_are_written()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.wal");
        using (StockWalWriter writer = StockWalWriter.Create(LinuxFileSystem.Instance, path))
        {
            writer.Append(Operation.Put, 1, "a"u8, "1"u8);
            writer.Append(Operation.Delete, 2, "a"u8, default);
            writer.Sync();
        }

        Assert.Equal(
            "9d616ca2130001" + "010100000000000000" + "01000000" + "61" + "01000000" + "31"
            + "5f705c570e0001" + "020200000000000000" + "01000000" + "61",
            Convert.ToHexStringLower(File.ReadAllBytes(path)));
    }

    [Theory]
    [InlineData(6, 32768, new[] { 19, 32768, 4 })]
    [InlineData(6, 32745, new[] { 32768 })]
    [InlineData(6, 32746, new[] { 19, 32750 })]
    [InlineData(6, 32764, new[] { 19, 32768 })]
    [InlineData(6, 32765, new[] { 19, 32768, 1 })]
    [InlineData(6, 65532, new[] { 19, 32768, 32768 })]
    [InlineData(32755, 0, new[] { 32768, 4 })]
    [InlineData(33000, 10, new[] { 32768, 259 })]
    [InlineData(65536, 0, new[] { 32768, 32768, 17 })]
    public void Large_operations_are_cut_where_stock_cuts_them(int keyLength, int valueLength, int[] payloads)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.wal");
        byte[] key = new byte[keyLength];
        byte[] value = new byte[valueLength];
        new Random(keyLength).NextBytes(key);
        new Random(valueLength).NextBytes(value);
        using (StockWalWriter writer = StockWalWriter.Create(LinuxFileSystem.Instance, path))
        {
            writer.Append(Operation.Put, 5, key, value);
        }

        byte[] entry = StockWalBytes.Entry(1, 5, key, value);
        byte[] expected = payloads.Length == 1
            ? new StockWalBytes().Record(1, entry).ToArray()
            : new StockWalBytes().Fragments(entry, payloads.AsSpan(..^1)).ToArray();
        Assert.Equal(entry.Length, payloads.Sum());
        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(path)));
        using StockWalReader reader = StockWalReader.Open(LinuxFileSystem.Instance, path);
        Assert.True(reader.MoveNext());
        Assert.True(reader.Entry.Payload.SequenceEqual(entry));
        Assert.Equal(payloads.Length == 1, reader.IsSingleRecord);
    }

    [Fact]
    public void An_element_that_does_not_fit_a_batch_is_refused_before_anything_is_written()
    {
        using var directory = new TemporaryDirectory();
        using StockWalWriter writer = StockWalWriter.Create(LinuxFileSystem.Instance, directory.Combine("1.wal"));

        writer.AppendToBatch(Operation.Put, 1, "k"u8, new byte[32750]);
        long length = writer.Length;
        StorageException error = Assert.Throws<StorageException>(
            () => writer.AppendToBatch(Operation.Put, 1, "k"u8, new byte[32751]));

        Assert.Equal(StorageFault.LimitExceeded, error.Fault);
        Assert.Equal(length, writer.Length);
        Assert.Equal(7 + 32768, length);
        Assert.True(StockWalWriter.FitsBatch(Operation.Delete, 32755, 0));
        Assert.False(StockWalWriter.FitsBatch(Operation.Delete, 32756, 0));
    }

    [Fact]
    public void Random_entries_around_all_boundaries_are_read_back()
    {
        int seed = Seed.For(120);
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        string path = directory.Combine(StockWalFiles.Name(1_795_379_527_389_039_166));
        var written = new List<byte[]>();
        int[] edges = [0, 1, 32750, 32751, 32752, 32764, 32765, 32766, 65530, 65535, 65536, 100_000];
        using (StockWalWriter writer = StockWalWriter.Create(LinuxFileSystem.Instance, path))
        {
            for (int i = 0; i < 120; i++)
            {
                byte[] key = new byte[random.Next(4) == 0 ? edges[random.Next(1, edges.Length)] : random.Next(1, 50)];
                byte[] value = new byte[Math.Max(0, edges[random.Next(edges.Length)] + random.Next(-3, 4))];
                random.NextBytes(key);
                random.NextBytes(value);
                var operation = (Operation)random.Next(1, 3);
                writer.Append(operation, (ulong)i + 1, key, value);
                written.Add(StockWalBytes.Entry(
                    (byte)operation, (ulong)i + 1, key, operation == Operation.Delete ? null : value));
            }
        }

        Assert.Equal("01795379527389039166.wal", Path.GetFileName(path));
        using StockWalReader reader = StockWalReader.Open(LinuxFileSystem.Instance, path);
        using StockFileReplay replay = StockFileReplay.Open(LinuxFileSystem.Instance, path);
        foreach (byte[] entry in written)
        {
            Assert.True(reader.MoveNext() && replay.MoveNext(), $"seed {seed}");
            Assert.True(reader.Entry.Payload.SequenceEqual(entry), $"seed {seed}");
            Assert.True(replay.Entry.Payload.SequenceEqual(entry), $"seed {seed}");
        }

        Assert.False(reader.MoveNext());
        Assert.Empty(reader.Damage);
    }
}
