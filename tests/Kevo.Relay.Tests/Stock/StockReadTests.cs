using Kevo.Relay.Stock;

namespace Kevo.Relay.Tests.Stock;

/// <summary>Where the live view of a stock primary differs from its own log.</summary>
public sealed class StockReadTests
{
    [Fact]
    public void A_put_right_after_a_batch_stays_invisible_until_a_restart()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Batch(10);
        fixture.Put("b0009", "later");
        Assert.Equal("batch", fixture.Get("b0009"));

        fixture.Model.Restart();

        Assert.Equal("later", fixture.Get("b0009"));
    }

    [Fact]
    public void A_put_becomes_visible_once_the_number_passes_the_version_of_the_batch()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Batch(3);
        fixture.Put("filler");
        fixture.Put("b0002", "later");

        Assert.Equal("later", fixture.Get("b0002"));
    }

    [Fact]
    public void Without_the_quirk_the_live_view_is_the_log()
    {
        var fixture = new StockPrimaryFixture(
            new StockPrimaryOptions { Quirks = StockQuirks.All & ~StockQuirks.BatchVersionsOverlap });
        fixture.Batch(10);
        fixture.Put("b0009", "later");

        Assert.Equal("later", fixture.Get("b0009"));
    }

    [Fact]
    public void An_empty_value_is_absent_live_present_after_a_restart_and_deleted_after_a_flush()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("empty", "");
        Assert.Null(fixture.Get("empty"));
        Assert.Empty(fixture.ScanKeys());

        fixture.Model.Restart();
        Assert.Equal("", fixture.Get("empty"));
        Assert.Equal(["empty"], fixture.ScanKeys());
    }

    [Fact]
    public void After_two_flushes_scan_is_stale_and_get_is_right()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("K", "v1");
        fixture.Put("D", "v1");
        fixture.Model.Rotate();
        fixture.Put("K", "v2");
        fixture.Model.Delete(StockPrimaryFixture.Bytes("D"));
        fixture.Model.Rotate();

        Assert.Equal("v2", fixture.Get("K"));
        Assert.Null(fixture.Get("D"));
        Assert.Equal(["D", "K"], fixture.ScanKeys());
        Assert.Equal("v1"u8, fixture.Model.Scan([], [], [], [], 0)![1].Value);
    }

    [Fact]
    public void After_a_restart_get_misses_keys_in_tables_and_scan_with_a_start_key_begins_late()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(200);
        fixture.Model.Rotate();
        fixture.Model.Restart(new StockRestart { LogSetAside = true });

        Assert.Equal(200, fixture.ScanKeys().Length);
        Assert.Equal(100, Enumerable.Range(0, 200).Count(i => fixture.Get($"k{i:D6}") is not null));
        Assert.Equal("k000132", fixture.ScanKeys("k000100")[0]);
    }

    [Fact]
    public void Prefix_and_suffix_win_over_the_range_and_the_limit_counts_live_rows()
    {
        var fixture = new StockPrimaryFixture();
        foreach (string key in (string[])["a1", "a2", "b1", "b2"])
        {
            fixture.Put(key);
        }

        fixture.Model.Delete("a1"u8.ToArray());
        Assert.Equal(2, fixture.Model.Scan([], [], [], [], 2)!.Count);
        Assert.Equal("b2"u8, Assert.Single(fixture.Model.Scan("b"u8, "2"u8, "z"u8, [], 0)!).Key);
        Assert.Equal("a2"u8, Assert.Single(fixture.Model.Scan([], [], "a2"u8, "b1"u8, 0)!).Key);
        Assert.Empty(fixture.Model.Scan([], [], "b"u8, "a"u8, 0)!);
    }

    [Fact]
    public void Statistics_count_live_keys_and_their_bytes()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("key", "value");
        fixture.Put("gone", "value");
        fixture.Model.Delete("gone"u8.ToArray());

        var stats = fixture.Model.GetStats()!;
        Assert.Equal(1, stats.KeyCount);
        Assert.Equal(8, stats.StorageSize);
        Assert.Equal(1.0, stats.WriteAmplification);
        Assert.NotNull(stats.RecoveryStats);
    }
}
