using Kevo.Relay.Sidecar;
using Kevo.Testing;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>Where transactions begin and end, and what a file that is being written looks like.</summary>
public sealed class SidecarTransactionTests : IDisposable
{
    private readonly SidecarFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_batch_is_one_transaction_as_soon_as_something_follows_it()
    {
        _fixture.Stock.WriteBatch(SidecarFixture.Batch(50));
        _fixture.PutOne("after");
        _fixture.Start();
        _fixture.Step();

        Assert.Equal(50, Assert.Single(_fixture.Copied()).Length);
        Assert.Equal(_fixture.Options.SettleTime, _fixture.Copier.UntilNextLook);
        _fixture.Time.Advance(_fixture.Options.SettleTime);
        _fixture.Step();
        _fixture.AssertCopied();
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void Setting_the_time_of_day_neither_holds_a_transaction_back_nor_ends_it_early(int seconds)
    {
        _fixture.Start();
        _fixture.Stock.WriteBatch(SidecarFixture.Batch(5));
        _fixture.Step();
        _fixture.Clock.Offset = TimeSpan.FromSeconds(seconds);
        _fixture.Time.Advance(_fixture.Options.SettleTime / 2);
        _fixture.Step();
        Assert.Empty(_fixture.Copied());
        _fixture.Time.Advance(_fixture.Options.SettleTime / 2);
        _fixture.Step();
        _fixture.AssertCopied();
    }

    [Fact]
    public void A_batch_that_is_still_being_written_is_waited_for()
    {
        _fixture.Start();
        var batch = SidecarFixture.Batch(40);
        byte[] bytes = _fixture.Stock.BytesOf(batch);
        for (int at = 0; at < bytes.Length; at += 100)
        {
            _fixture.Stock.WriteRaw(bytes.AsSpan(at, Math.Min(100, bytes.Length - at)));
            _fixture.Step();
            Assert.Empty(_fixture.Copied());
            _fixture.Time.Advance(_fixture.Options.SettleTime / 2);
            _fixture.Step();
            Assert.Empty(_fixture.Copied());
        }

        _fixture.Stock.NoteWritten(batch);
        _fixture.Time.Advance(_fixture.Options.SettleTime);
        _fixture.Step();
        _fixture.AssertCopied();
        Assert.Equal(0, _fixture.Copier.Status.LateParts);
    }

    [Fact]
    public void A_batch_whose_next_record_has_begun_is_held_back_longer_than_the_settle_time()
    {
        _fixture.Start();
        var batch = SidecarFixture.Batch(2);
        byte[] bytes = _fixture.Stock.BytesOf(batch);
        _fixture.Stock.WriteRaw(bytes.AsSpan(0, bytes.Length - 5));
        _fixture.Step();
        _fixture.Time.Advance(_fixture.Options.SettleTime * 10);
        _fixture.Step();
        Assert.Empty(_fixture.Copied());

        _fixture.Stock.WriteRaw(bytes.AsSpan(bytes.Length - 5));
        _fixture.Stock.NoteWritten(batch);
        _fixture.Settle();
        _fixture.AssertCopied();
    }

    [Fact]
    public void A_record_with_another_number_that_has_begun_ends_the_transaction_at_once()
    {
        _fixture.Start();
        _fixture.PutOne("first");
        byte[] next = _fixture.Stock.BytesOf([SidecarFixture.Put("second")]);
        _fixture.Stock.WriteRaw(next.AsSpan(0, next.Length - 1));
        _fixture.Step();

        Assert.Single(_fixture.Copied());
    }

    [Fact]
    public void A_late_part_is_reported_and_not_lost()
    {
        _fixture.Start();
        byte[] bytes = _fixture.Stock.BytesOf(SidecarFixture.Batch(2));
        _fixture.Stock.WriteRaw(bytes.AsSpan(0, bytes.Length / 2));
        _fixture.Settle();
        _fixture.Stock.WriteRaw(bytes.AsSpan(bytes.Length / 2));
        _fixture.Settle();

        Assert.Equal(1, _fixture.Copier.Status.LateParts);
        Assert.Equal(2, _fixture.Copied().Count);
    }

    [Fact]
    public void A_large_value_in_parts_is_one_transaction_at_once_and_ends_the_one_before()
    {
        _fixture.Start();
        _fixture.Stock.WriteBatch(SidecarFixture.Batch(3));
        _fixture.Stock.Write(1, "large"u8.ToArray(), new byte[4 << 20]);
        _fixture.Step();

        _fixture.AssertCopied();
    }

    [Fact]
    public void A_large_value_is_waited_for_while_its_parts_arrive()
    {
        _fixture.Start();
        (byte, byte[], byte[])[] large = [(1, "large"u8.ToArray(), new byte[200_000])];
        byte[] bytes = _fixture.Stock.BytesOf(large);
        for (int at = 0; at < bytes.Length; at += 7_001)
        {
            Assert.Empty(_fixture.Copied());
            _fixture.Stock.WriteRaw(bytes.AsSpan(at, Math.Min(7_001, bytes.Length - at)));
            _fixture.Step();
        }

        _fixture.Stock.NoteWritten(large);
        _fixture.AssertCopied();
    }

    [Fact]
    public void Numbers_that_restart_do_not_matter()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Stock.Rotate();
        _fixture.PutOne("b");
        _fixture.Stock.Rotate();
        _fixture.Stock.WriteBatch(SidecarFixture.Batch(3));
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void A_random_history_with_every_event_is_copied_whole_over_kills_at_every_point()
    {
        int seed = Seed.For(4101);
        var random = new Random(seed);
        _fixture.Start();
        for (int i = 0; i < 1_500; i++)
        {
            WriteSomething(random);
            switch (random.Next(60))
            {
                case 0:
                    _fixture.Stock.Rotate();
                    break;
                case 1:
                    _fixture.Stock.Restart(newFile: random.Next(2) == 0);
                    break;
                case 2:
                    _fixture.Step();
                    _fixture.Stock.SetAside();
                    break;
                case 3:
                    _fixture.Settle();
                    _fixture.Stock.DeleteOldFiles();
                    break;
                case 4 or 5 or 6:
                    _fixture.Kill();
                    _fixture.Start();
                    break;
                case < 30:
                    _fixture.Time.Advance(TimeSpan.FromMilliseconds(random.Next(5)));
                    _fixture.Step();
                    break;
            }
        }

        _fixture.Settle();
        _fixture.AssertCopied($"seed {seed}");
        Assert.Equal(0, _fixture.Copier.Status.LateParts);
    }

    [Fact]
    public void The_stock_directory_is_only_read()
    {
        _fixture.PutOne("a");
        _fixture.Stock.Rotate();
        _fixture.PutOne("b");
        string[] before = Listing();
        _fixture.Start();
        _fixture.Settle();
        _fixture.Copier.WriteState();

        Assert.Equal(before, Listing());
    }

    private string[] Listing() =>
        [.. Directory.EnumerateFileSystemEntries(
                _fixture.Options.StockDirectory, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks}")];

    private void WriteSomething(Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                var batch = new (byte, byte[], byte[])[random.Next(1, 200)];
                for (int i = 0; i < batch.Length; i++)
                {
                    batch[i] = SidecarFixture.Put($"b{i:D4}", new string('v', random.Next(60)));
                }

                _fixture.Stock.WriteBatch(batch);
                break;
            case 1:
                _fixture.Stock.Write(1, "large"u8.ToArray(), new byte[random.Next(30_000, 120_000)]);
                break;
            case 2:
                _fixture.Stock.Write(2, "deleted"u8.ToArray(), []);
                break;
            default:
                _fixture.PutOne($"k{random.Next(1000)}", new string('v', random.Next(200)));
                break;
        }
    }
}
