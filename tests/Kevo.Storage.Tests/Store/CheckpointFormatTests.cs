using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Storage.Compaction;
using Kevo.Storage.Store;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class CheckpointFormatTests
{
    private const string Path = "/data/CHECKPOINT";

    private static readonly Checkpoint Sample = new()
    {
        Position = new LogPosition(3, 77),
        NextTableNumber = 9,
        Runs =
        [
            new CheckpointRun(-2, [Table(8, "a", "c")]),
            new CheckpointRun(10, [Table(2, "a", "b"), Table(5, "x", "zzz")]),
        ],
    };

    [Fact]
    public void What_is_written_is_read_again()
    {
        Checkpoint read = CheckpointFormat.Read(SampleBytes(), Path);
        Assert.Equal(Sample.Position, read.Position);
        Assert.Equal(Sample.NextTableNumber, read.NextTableNumber);
        Assert.Equal([-2, 10], read.Runs.Select(static run => run.NewKeys));
        IEnumerable<TableDescription> tables = read.Runs.SelectMany(static run => run.Tables);
        Assert.Equal([8UL, 2UL, 5UL], tables.Select(static table => table.Number));
        TableDescription last = read.Runs[1].Tables[1];
        Assert.Equal("x"u8.ToArray(), last.SmallestKey.ToArray());
        Assert.Equal("zzz"u8.ToArray(), last.LargestKey.ToArray());
        Assert.Equal((50, 51, 52UL, 53, 54, 55), (
            last.FileLength, last.FilterLength, last.Identity, last.EntryCount, last.TombstoneCount, last.DataBytes));
    }

    [Fact]
    public void Every_flipped_bit_is_detected()
    {
        byte[] bytes = SampleBytes();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            StorageException error = Assert.Throws<StorageException>(() => CheckpointFormat.Read(damaged, Path));
            Assert.Contains(Path, error.Message, StringComparison.Ordinal);
            Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion, $"bit {bit}: {error}");
        }
    }

    [Fact]
    public void Every_shortened_or_lengthened_file_is_detected()
    {
        byte[] bytes = SampleBytes();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(
                StorageFault.Corrupt,
                Assert.Throws<StorageException>(() => CheckpointFormat.Read(bytes.AsSpan(0, length), Path)).Fault);
        }

        Assert.Throws<StorageException>(() => CheckpointFormat.Read([.. bytes, 0], Path));
    }

    [Fact]
    public void Another_version_is_named_and_refused()
    {
        byte[] bytes = SampleBytes();
        bytes[8] = 2;
        StorageException error = Assert.Throws<StorageException>(() => CheckpointFormat.Read(bytes, Path));
        Assert.Equal(StorageFault.UnknownVersion, error.Fault);
        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
    }

    private static byte[] SampleBytes()
    {
        using ArrayPoolBufferWriter<byte> written = CheckpointFormat.Write(Sample);
        return written.WrittenSpan.ToArray();
    }

    private static TableDescription Table(ulong number, string smallest, string largest) => new()
    {
        Number = number,
        FileLength = (long)number * 10,
        FilterLength = ((long)number * 10) + 1,
        Identity = (number * 10) + 2,
        EntryCount = ((long)number * 10) + 3,
        TombstoneCount = ((long)number * 10) + 4,
        DataBytes = ((long)number * 10) + 5,
        SmallestKey = System.Text.Encoding.ASCII.GetBytes(smallest),
        LargestKey = System.Text.Encoding.ASCII.GetBytes(largest),
    };
}
