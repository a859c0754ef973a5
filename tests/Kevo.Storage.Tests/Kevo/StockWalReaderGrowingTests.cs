using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Reading a stock log file while it grows.</summary>
public sealed class StockWalReaderGrowingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StockDirectoryWriter _stock;

    public StockWalReaderGrowingTests() => _stock = new StockDirectoryWriter(_directory.Path);

    public void Dispose()
    {
        _stock.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(1, 5, 64 << 20)]
    [InlineData(1, 3 << 20, 20 << 20)]
    [InlineData(1, 20 << 20, 5)]
    [InlineData(2, 20 << 20, 0)]
    public void An_entry_longer_than_replication_allows_is_given_out_cut_and_the_next_one_whole(
        byte operation, int keyLength, int valueLength)
    {
        _stock.Write(operation, new byte[keyLength], new byte[valueLength]);
        _stock.Write(1, "next"u8.ToArray(), "whole"u8.ToArray());
        using StockWalReader reader = Open();
        Assert.True(reader.MoveNext());
        Assert.Equal(1ul, reader.Entry.Sequence);
        Assert.Equal(EntryLimits.MaxPayloadLength + 1, reader.Entry.Payload.Length);
        Assert.True(
            reader.Entry.Key.Length > EntryLimits.MaxKeyLength
                || reader.Entry.Value.Length > EntryLimits.MaxValueLength);
        Assert.True(reader.MoveNext());
        Assert.Equal("whole"u8, reader.Entry.Value);
        Assert.Empty(reader.Damage);
    }

    [Fact]
    public void Every_prefix_yields_exactly_its_whole_entries()
    {
        (byte, byte[], byte[])[] operations =
        [
            (1, "a"u8.ToArray(), "1"u8.ToArray()),
            (2, "b"u8.ToArray(), []),
            (1, "large"u8.ToArray(), new byte[40_000]),
        ];
        using StockWalReader reader = Open();
        foreach ((byte, byte[], byte[]) operation in operations)
        {
            byte[] bytes = _stock.BytesOf([operation]);
            int step = Math.Max(1, bytes.Length / 97);
            for (int at = 0; at < bytes.Length; at += step)
            {
                Assert.False(reader.MoveNext());
                Assert.Equal(at > 0, reader.IsIncomplete);
                _stock.WriteRaw(bytes.AsSpan(at, Math.Min(step, bytes.Length - at)));
                Assert.True(reader.Refresh());
            }

            Assert.True(reader.MoveNext());
            Assert.Equal(operation.Item2, reader.Entry.Key.ToArray());
            Assert.Equal(operation.Item3, reader.Entry.Value.ToArray());
            _stock.NoteWritten([operation]);
        }

        Assert.Equal(0, reader.DamageCount);
    }

    [Fact]
    public void The_beginning_of_a_record_tells_whether_it_belongs_to_a_batch()
    {
        byte[] bytes = _stock.BytesOf([(1, "a"u8.ToArray(), "1"u8.ToArray())]);
        using StockWalReader reader = Open();
        _stock.WriteRaw(bytes.AsSpan(0, 15));
        reader.Refresh();
        Assert.False(reader.MoveNext());
        Assert.Null(reader.IncompleteContinues(1));

        _stock.WriteRaw(bytes.AsSpan(15, 1));
        reader.Refresh();
        Assert.True(reader.IncompleteContinues(1));
        Assert.False(reader.IncompleteContinues(2));
    }

    [Fact]
    public void A_cut_record_is_passed_only_when_everything_behind_it_is_sound()
    {
        byte[] cut = _stock.BytesOf([(1, "cut"u8.ToArray(), new byte[5_000])]);
        _stock.WriteRaw(cut.AsSpan(0, 30));
        byte[] whole = _stock.BytesOf([(1, "whole"u8.ToArray(), "1"u8.ToArray())]);
        _stock.WriteRaw(whole);
        _stock.WriteRaw(whole.AsSpan(0, 5));
        using StockWalReader reader = Open();
        Assert.False(reader.MoveNext());
        Assert.False(reader.TryPassIncomplete());

        _stock.WriteRaw(whole.AsSpan(5));
        reader.Refresh();
        Assert.True(reader.TryPassIncomplete());
        Assert.True(reader.MoveNext());
        Assert.Equal("whole"u8, reader.Entry.Key);
        Assert.Equal(StockDamageKind.TornTail, Assert.Single(reader.Damage).Kind);
    }

    [Fact]
    public void What_is_incomplete_becomes_damage_once_the_file_is_finished()
    {
        byte[] cut = _stock.BytesOf([(1, "cut"u8.ToArray(), "value"u8.ToArray())]);
        _stock.WriteRaw(cut.AsSpan(0, 20));
        using StockWalReader reader = Open();
        Assert.False(reader.MoveNext());
        Assert.True(reader.IsIncomplete);
        Assert.Equal(0, reader.DamageCount);
        reader.Finish();

        Assert.False(reader.MoveNext());
        Assert.False(reader.IsIncomplete);
        Assert.Equal(StockDamageKind.TornTail, Assert.Single(reader.Damage).Kind);
    }

    [Fact]
    public void A_record_that_was_written_over_says_which_transaction_it_belonged_to()
    {
        byte[] cut = _stock.BytesOf([(1, "cut"u8.ToArray(), new byte[50])]);
        _stock.WriteRaw(cut.AsSpan(0, 40));
        _stock.Restart();
        _stock.Write((byte)Operation.Put, "behind"u8.ToArray(), new byte[100]);
        using StockWalReader reader = Open();

        Assert.True(reader.MoveNext());
        Assert.Equal("behind"u8, reader.Entry.Key);
        Assert.Equal(1UL, reader.CutSequence);
        Assert.True(reader.FollowsDamage);
    }

    private StockWalReader Open() => StockWalReader.OpenGrowing(LinuxFileSystem.Instance, _stock.CurrentPath);
}
