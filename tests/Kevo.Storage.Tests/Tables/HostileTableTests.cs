using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Tables whose checksums are right and whose contents are not: an error, never anything worse.</summary>
public sealed class HostileTableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    public void Wrong_contents_under_right_checksums_give_typed_errors_or_ordered_keys(int restartInterval)
    {
        int seed = Seed.For(900 + restartInterval);
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        int refused = 0;
        for (int round = 0; round < 700; round++)
        {
            var random = new Random(seed + round);
            byte[] bytes = new StockTableEncoder { RestartInterval = restartInterval, BlockSize = 300, Bloom = false }
                .Encode(TableTestData.Random(seed + round, 30, 20));
            Damage(bytes, random);
            File.WriteAllBytes(path, bytes);
            try
            {
                ReadEverything(path, random);
            }
            catch (StorageException error)
            {
                Assert.True(error.Fault == StorageFault.Corrupt, $"seed {seed + round}: {error.Message}");
                refused++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed + round}: {error}");
            }
        }

        Assert.True(refused > 300);
    }

    /// <summary>
    /// Changes a few bytes of a data block or of the index, or of the footer, and sets the checksum right.
    /// </summary>
    private static void Damage(byte[] table, Random random)
    {
        Span<byte> footer = table.AsSpan(table.Length - 68);
        int indexOffset = (int)BinaryPrimitives.ReadUInt64LittleEndian(footer[20..]);
        int kind = random.Next(5);
        Span<byte> part = kind == 0
            ? footer[8..]
            : kind == 1 ? table.AsSpan(indexOffset, table.Length - 68 - indexOffset) : FirstBlock(table, indexOffset);
        int end = part.Length - 8;
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            // Small numbers are likelier to be taken for lengths and offsets.
            part[random.Next(end)] = random.Next(2) == 0 ? (byte)random.Next(8) : (byte)random.Next(256);
        }

        Span<byte> covered = kind == 0 ? footer[..60] : part[..end];
        BinaryPrimitives.WriteUInt64LittleEndian(part[end..], XxHash64.HashToUInt64(covered));
    }

    private static Span<byte> FirstBlock(byte[] table, int indexOffset)
    {
        // The first index entry is whole: key length, key, sequence, value length, then offset and length of the block.
        int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(indexOffset));
        int length = BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan(indexOffset + 2 + keyLength + 12 + 8));
        return table.AsSpan(0, length);
    }

    private static void ReadEverything(string path, Random random)
    {
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        using TableCursor cursor = table.OpenCursor();
        byte[] previous = [];
        for (int i = 0; cursor.MoveNext(); i++)
        {
            Assert.True(i == 0 || cursor.Key.SequenceCompareTo(previous) > 0);
            previous = cursor.Key.ToArray();
            Assert.NotEqual(TableLookup.Absent, table.Get(previous, out _, out _));
        }

        for (int i = 0; i < 20; i++)
        {
            table.Get(TableTestData.RandomKey(random), out _, out _);
        }
    }
}
