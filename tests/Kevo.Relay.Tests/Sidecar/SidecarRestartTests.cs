using Kevo.Core;
using Kevo.Relay.Sidecar;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>Coming back after a kill: positions stay, nothing is doubled, and another history is noticed.</summary>
public sealed class SidecarRestartTests : IDisposable
{
    private readonly SidecarFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Positions_stay_the_same_when_it_comes_back_with_an_old_note()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        byte[] note = File.ReadAllBytes(_fixture.StatePath);
        for (int i = 0; i < 20; i++)
        {
            _fixture.Stock.WriteBatch(SidecarFixture.Batch(i + 1));
        }

        _fixture.Settle();
        _fixture.Kill();
        File.WriteAllBytes(_fixture.StatePath, note);
        _fixture.Start();
        _fixture.PutOne("after");
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void Without_a_note_the_log_is_compared_from_the_beginning()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.PutOne("b");
        _fixture.Settle();
        _fixture.Kill();
        File.Delete(_fixture.StatePath);
        _fixture.Start();
        _fixture.PutOne("c");
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void A_note_is_written_when_a_file_begins_so_that_stock_may_delete_the_one_before()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        _fixture.Stock.Rotate();
        _fixture.Settle();
        _fixture.Kill();
        _fixture.Stock.DeleteOldFiles();
        _fixture.Start();
        _fixture.PutOne("b");
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void Files_deleted_while_the_sidecar_runs_are_still_read()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Stock.Rotate();
        _fixture.PutOne("b");
        _fixture.Copier.NoteChange();
        _fixture.Copier.RunStep();
        _fixture.Stock.DeleteOldFiles();
        _fixture.Settle();

        _fixture.AssertCopied();
    }

    [Fact]
    public void A_file_deleted_before_it_was_copied_is_lost_history()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        _fixture.Kill();
        _fixture.PutOne("lost");
        _fixture.Stock.Rotate();
        _fixture.Stock.DeleteOldFiles();

        var error = Assert.Throws<RetentionException>(() => _fixture.Start());
        Assert.Contains("deleted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_lost_its_end_is_another_history()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.PutOne("b");
        _fixture.Settle();
        _fixture.Copier.WriteState();
        _fixture.Kill();
        using (var file =
            new FileStream(_fixture.Stock.CurrentPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 10);
        }

        Assert.Throws<DivergenceException>(() => _fixture.Start());
    }

    [Fact]
    public void A_file_with_other_contents_is_another_history()
    {
        _fixture.Start();
        _fixture.PutOne("a", "value");
        _fixture.Settle();
        _fixture.Copier.WriteState();
        _fixture.Kill();
        string path = _fixture.Stock.CurrentPath;
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Throws<DivergenceException>(() => _fixture.Start());
    }

    [Fact]
    public void Transactions_that_differ_from_the_log_are_another_history()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        byte[] note = File.ReadAllBytes(_fixture.StatePath);
        _fixture.PutOne("b", "x");
        _fixture.Settle();
        _fixture.Kill();
        File.WriteAllBytes(_fixture.StatePath, note);
        string path = _fixture.Stock.CurrentPath;
        long first = new FileInfo(path).Length - _fixture.Stock.BytesOf([SidecarFixture.Put("b", "x")]).Length;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(first);
            file.Position = first;
            _fixture.Stock.Restart();
        }

        _fixture.PutOne("b", "y");
        Assert.Throws<DivergenceException>(() => _fixture.Start());
    }

    [Fact]
    public void A_log_that_begins_in_the_middle_is_refused()
    {
        for (int i = 0; i < 5; i++)
        {
            _fixture.PutOne($"k{i}");
        }

        _fixture.Stock.Restart(newFile: true);
        _fixture.PutOne("later");
        _fixture.Stock.DeleteOldFiles();

        Assert.Throws<RetentionException>(() => _fixture.Start());
    }

    [Fact]
    public void A_file_that_appears_before_the_one_being_read_stops_it()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        File.WriteAllBytes(
            Path.Combine(Path.GetDirectoryName(_fixture.Stock.CurrentPath)!, "00000000000000000001.wal"), []);

        Assert.Throws<DivergenceException>(_fixture.Step);
    }

    [Fact]
    public void A_damaged_note_is_a_clear_error()
    {
        _fixture.Start();
        _fixture.PutOne("a");
        _fixture.Settle();
        _fixture.Kill();
        byte[] note = File.ReadAllBytes(_fixture.StatePath);
        note[20] ^= 1;
        File.WriteAllBytes(_fixture.StatePath, note);

        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => _fixture.Start()).Fault);
        File.WriteAllText(_fixture.StatePath, "kevo-sidecar 9\n");
        Assert.Equal(StorageFault.UnknownVersion, Assert.Throws<StorageException>(() => _fixture.Start()).Fault);
    }

    [Fact]
    public void Waiting_for_the_first_file_is_no_error()
    {
        _fixture.Stock.Dispose();
        Directory.Delete(_fixture.Options.StockDirectory, recursive: true);
        Directory.CreateDirectory(_fixture.Options.StockDirectory);
        _fixture.Start();
        _fixture.Settle();
        Assert.Empty(_fixture.Copied());

        using var late = new Testing.StockDirectoryWriter(_fixture.Options.StockDirectory);
        late.Write(1, "a"u8.ToArray(), "b"u8.ToArray());
        _fixture.Settle();
        Assert.Single(_fixture.Copied());
    }
}
