using Kevo.Relay.Sidecar;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>What crashes and bad disks leave in stock's files.</summary>
public sealed class SidecarDamageTests : IDisposable
{
    private readonly SidecarFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_torn_tail_before_another_file_is_reported_and_left_out()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        byte[] torn = _fixture.Stock.BytesOf([SidecarFixture.Put("never acknowledged")]);
        _fixture.Stock.WriteRaw(torn.AsSpan(0, 20));
        _fixture.Settle();
        _fixture.Stock.SetAside();
        _fixture.PutOne("b");
        _fixture.Settle();

        _fixture.AssertCopied();
        Assert.Equal(1, _fixture.Copier.Status.DamagedRanges);
        Assert.Equal(1, _fixture.Copier.Status.SetAside);
    }

    [Fact]
    public void A_batch_that_a_crash_cut_off_never_happened()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        byte[] torn = _fixture.Stock.BytesOf(SidecarFixture.Batch(3));
        _fixture.Stock.WriteRaw(torn.AsSpan(0, torn.Length - 3));
        _fixture.Settle();
        _fixture.Stock.SetAside();
        _fixture.PutOne("b");
        _fixture.Settle();
        _fixture.AssertCopied();
        Assert.Equal(1, _fixture.Copier.Status.TornTransactions);

        _fixture.Kill();
        _fixture.Start();
        _fixture.PutOne("c");
        _fixture.Settle();
        _fixture.AssertCopied();
    }

    [Fact]
    public void What_stock_appends_behind_a_torn_record_is_found_after_a_while()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        byte[] torn = _fixture.Stock.BytesOf([SidecarFixture.Put("torn", new string('v', 20_000))]);
        _fixture.Stock.WriteRaw(torn.AsSpan(0, 50));
        _fixture.Step();
        _fixture.Stock.Restart();
        _fixture.PutOne("behind");
        _fixture.PutOne("behind it");
        _fixture.Step();
        Assert.Single(_fixture.Copied());
        _fixture.Settle();

        _fixture.AssertCopied();
        Assert.Equal(1, _fixture.Copier.Status.DamagedRanges);
    }

    [Fact]
    public void A_cut_off_batch_with_writes_appended_behind_it_is_left_out()
    {
        // No note is due by time, so that coming back depends on the one that leaving the batch out makes necessary.
        _fixture.Options = _fixture.Options with { StateInterval = TimeSpan.FromHours(1) };
        _fixture.Start();
        _fixture.PutOne("first");
        _fixture.Settle();
        byte[] torn = _fixture.Stock.BytesOf(SidecarFixture.Batch(3));
        _fixture.Stock.WriteRaw(torn.AsSpan(0, torn.Length - 3));
        _fixture.Step();
        _fixture.Stock.Restart();
        _fixture.PutOne("behind");
        _fixture.Settle();
        _fixture.AssertCopied();

        _fixture.Kill();
        _fixture.Start();
        _fixture.PutOne("more");
        _fixture.Settle();
        _fixture.AssertCopied();
    }

    [Fact]
    public void A_damaged_record_is_reported_and_the_next_one_found()
    {
        for (int i = 0; i < 100; i++)
        {
            _fixture.PutOne($"k{i:D3}", new string('v', 100));
        }

        Flip(_fixture.Stock.CurrentPath, new FileInfo(_fixture.Stock.CurrentPath).Length / 2);
        _fixture.Start();
        _fixture.Settle();

        Assert.Equal(99, _fixture.Copied().Count);
        Assert.Equal(1, _fixture.Copier.Status.DamagedRanges);
        _fixture.Kill();
        _fixture.Start();
        _fixture.PutOne("more");
        _fixture.Settle();
        Assert.Equal(100, _fixture.Copied().Count);
    }

    [Fact]
    public void A_tail_of_zeros_ends_the_file()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Stock.WriteRaw(new byte[100_000]);
        _fixture.Settle();
        _fixture.Stock.Restart(newFile: true);
        _fixture.PutOne("b");
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void Entries_that_no_replica_accepts_are_left_out_and_counted()
    {
        _fixture.Start();
        _fixture.Stock.Write(3, "merge"u8.ToArray(), "x"u8.ToArray());
        _fixture.Stock.Write(1, [], "empty key"u8.ToArray());
        _fixture.Stock.History.Clear();
        _fixture.PutOne("a");
        _fixture.Settle();

        _fixture.AssertCopied();
        Assert.Equal(2, _fixture.Copier.Status.SkippedEntries);
    }

    private static void Flip(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x10));
    }
}
