using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tables;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Promotion: complete by stock's own rules, or refused.</summary>
public sealed class PromotionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SortedDictionary<byte[], TableEntry> _model = new(ByteOrder.Instance);
    private readonly List<string> _tables = [];

    public PromotionTests() => Directory.CreateDirectory(_directory.Combine("data"));

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(PromotionMode.Link, false)]
    [InlineData(PromotionMode.Link, true)]
    [InlineData(PromotionMode.Copy, true)]
    [InlineData(PromotionMode.Rewrite, true)]
    public void Stock_would_serve_exactly_the_content(PromotionMode mode, bool withTail)
    {
        int seed = Seed.For(61);
        AddTables(seed, 4, 600);
        TableReader? tail = withTail ? AddTail(seed + 50) : null;
        using TableCursor? cursor = tail?.OpenCursor();
        var progress = new ProgressRecorder();
        PromotionReport report = Run(new PromotionRequest
        {
            Progress = progress,
            TargetDirectory = _directory.Combine("new"),
            TablesOldestFirst = _tables,
            Tail = cursor,
            Mode = mode,
            RewrittenTableBytes = 20_000,
        });
        tail?.Dispose();
        Assert.Equal(
            report.VerifiedKeys, progress.Reports.Count(verified => verified.Stage == "verifying keys"));
        Assert.All(
            progress.Reports,
            some => Assert.InRange(some.Done, 1, some.Total == 0 ? long.MaxValue : some.Total));

        StockDirectory promoted = StockDirectory.Open(LinuxFileSystem.Instance, report.Directory);
        using StockView view = StockView.Open(
            LinuxFileSystem.Instance, promoted, TestContext.Current.CancellationToken);
        List<TableEntry> live = [.. _model.Values.Where(entry => entry.Value is not null)];
        using IEntryCursor scan = view.Scan();
        foreach (TableEntry entry in live)
        {
            Assert.True(scan.MoveNext() && scan.Key.SequenceEqual(entry.Key) && scan.Value.SequenceEqual(entry.Value));
            Assert.True(view.TryGet(entry.Key, out ReadOnlySpan<byte> value) && value.SequenceEqual(entry.Value));
        }

        Assert.False(scan.MoveNext());
        Assert.Equal(live.Count, report.VerifiedKeys);
        Assert.Equal(mode == PromotionMode.Link ? 4 : 0, report.LinkedTables);
        Assert.Equal(mode == PromotionMode.Copy ? 4 : 0, report.CopiedTables);
        Assert.Equal($"kevo -server {_directory.Combine("new")}", report.CommandLine);
        Assert.Equal(["-base-000001.sst"], promoted.TablePaths().Take(1).Select(Path.GetFileName));
        Assert.Equal(1L << 40, promoted.Manifest!.MemtableSize);
        Assert.Equal(0, promoted.Manifest.MaxMemtableAge);
        Assert.False(Directory.Exists(_directory.Combine("new.promoting")));
    }

    [Fact]
    public void An_empty_store_becomes_an_empty_directory_that_stock_starts_on()
    {
        PromotionReport report = Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine("new"), TablesOldestFirst = [],
        });

        Assert.Equal(0, report.VerifiedKeys);
        Assert.True(Directory.Exists(_directory.Combine("new", "wal")));
    }

    [Fact]
    public void A_directory_made_for_another_place_names_that_place()
    {
        AddTables(1, 1, 10);
        PromotionReport report = Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine("new"),
            TablesOldestFirst = _tables,
            FinalDirectory = "/srv/it's here",
        });

        StockManifest manifest = StockManifest.Read(
            LinuxFileSystem.Instance, _directory.Combine("new", StockManifest.FileName));
        Assert.Equal("/srv/it's here/wal", manifest.WalDirectory);
        Assert.Equal("/srv/it's here/sst", manifest.TableDirectory);
        Assert.Equal("kevo -server '/srv/it'\\''s here'", report.CommandLine);
    }

    [Theory]
    [InlineData("new[1]", "characters")]
    [InlineData("new*", "characters")]
    [InlineData("data", "not empty")]
    [InlineData("file", "not empty")]
    [InlineData("left", "left over")]
    public void Unsuitable_targets_are_refused_and_nothing_is_changed(string target, string reason)
    {
        AddTables(1, 1, 10);
        File.WriteAllText(_directory.Combine("file"), "x");
        Directory.CreateDirectory(_directory.Combine("left.promoting"));
        string[] before = Directory.GetFileSystemEntries(_directory.Path, "*", SearchOption.AllDirectories);

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine(target), TablesOldestFirst = _tables,
        }));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_relative_final_place_is_refused()
    {
        Assert.Throws<ConfigurationException>(() => Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine("new"), TablesOldestFirst = [], FinalDirectory = "somewhere",
        }));
    }

    [Fact]
    public void An_empty_existing_directory_is_used()
    {
        AddTables(1, 1, 10);
        Directory.CreateDirectory(_directory.Combine("new"));

        Run(new PromotionRequest { TargetDirectory = _directory.Combine("new"), TablesOldestFirst = _tables });

        Assert.True(File.Exists(_directory.Combine("new", StockManifest.FileName)));
    }

    [Fact]
    public void A_damaged_table_stops_it_and_the_target_is_not_made()
    {
        AddTables(1, 1, 500);
        byte[] bytes = File.ReadAllBytes(_tables[0]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_tables[0], bytes);

        StorageException error = Assert.Throws<StorageException>(() => Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine("new"), TablesOldestFirst = _tables,
        }));

        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.False(Directory.Exists(_directory.Combine("new")));
    }

    [Fact]
    public void A_table_whose_layout_hides_keys_from_stock_is_not_handed_over()
    {
        string path = _directory.Combine("data", "stock.sst");
        File.WriteAllBytes(
            path,
            new StockTableEncoder()
                .Encode([.. Enumerable.Range(0, 101).Select(i => TableEntry.Of($"k{i:D4}", "v", 1))]));

        StorageException error = Assert.Throws<StorageException>(() => Run(new PromotionRequest
        {
            TargetDirectory = _directory.Combine("new"), TablesOldestFirst = [path],
        }));

        Assert.Contains("a get by stock Kevo would not find", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Combine("new")));
    }

    private static PromotionReport Run(PromotionRequest request) =>
        Promotion.Run(LinuxFileSystem.Instance, request, TestContext.Current.CancellationToken);

    private void AddTables(int seed, int count, int entryCount)
    {
        for (int i = 0; i < count; i++)
        {
            List<TableEntry> entries = TableTestData.Random(seed + i, entryCount);
            entries.ForEach(entry => _model[entry.Key] = entry);

            // The numbers say nothing about age: the list does.
            string path = _directory.Combine("data", TableFiles.TableName((ulong)(100 - i)));
            _tables.Add(TableTestData.Write(path, entries, new TableWriterOptions { BlockSize = 1024 }));
        }
    }

    private TableReader AddTail(int seed)
    {
        List<TableEntry> entries = TableTestData.Random(seed, 200);
        entries.AddRange(_model.Values.Where((_, i) => i % 7 == 0).Select(entry => entry with { Value = null }));
        entries = [.. entries.DistinctBy(entry => Convert.ToHexString(entry.Key))];
        entries.Sort((left, right) => ByteOrder.Instance.Compare(left.Key, right.Key));
        entries.ForEach(entry => _model[entry.Key] = entry);
        string path = TableTestData.Write(_directory.Combine("tail.sst"), entries);
        return TableReader.Open(LinuxFileSystem.Instance, path);
    }
}
