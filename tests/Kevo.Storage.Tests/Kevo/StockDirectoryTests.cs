using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tests.Golden;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Manifests, and where the parts of a stock directory are.</summary>
public sealed class StockDirectoryTests
{
    public static TheoryData<string> Cases => GoldenCase.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_manifest_of_stock_is_read_and_written_again_byte_for_byte(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        string path = Path.Combine(golden.Path, StockManifest.FileName);
        if (!File.Exists(path))
        {
            Assert.Null(golden.Open().Manifest);
            return;
        }

        StockManifest manifest = StockManifest.Read(LinuxFileSystem.Instance, path);
        Assert.Equal(File.ReadAllText(path), Encoding.UTF8.GetString(manifest.ToJson()));
        Assert.StartsWith("/var/lib/kevo/", manifest.WalDirectory, StringComparison.Ordinal);
        StorageException error = Assert.Throws<StorageException>(
            () => StockDirectory.Open(LinuxFileSystem.Instance, golden.Path));
        Assert.Contains("outside", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":1} x")]
    [InlineData("{\"version\":1.5}")]
    [InlineData("{\"version\":\"1\"}")]
    [InlineData("{\"wal_dir\":7}")]
    public void What_stock_would_not_start_with_is_refused(string json)
    {
        StorageException error = Assert.Throws<StorageException>(
            () => StockManifest.Parse(Encoding.UTF8.GetBytes(json), "M"));
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains("Manifest M", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_rule_of_stock_is_enforced()
    {
        var good = new StockManifest { WalDirectory = "w", TableDirectory = "s" };
        Assert.Null(good.FindFault());
        StockManifest[] bad =
        [
            good with { Version = 0 }, good with { WalDirectory = "" }, good with { TableDirectory = "" },
            good with { MemtableSize = 0 }, good with { MaxMemtables = 0 }, good with { TableBlockSize = 0 },
            good with { TableIndexSize = 0 }, good with { CompactionLevels = 0 }, good with { CompactionRatio = 1 },
            good with { ReadOnlyTransactionSeconds = 0 }, good with { ReadWriteTransactionSeconds = 0 },
            good with { IdleTransactionSeconds = 0 }, good with { TransactionCleanupSeconds = 0 },
            good with { TransactionWarningPercent = 0 }, good with { TransactionWarningPercent = 100 },
            good with { TransactionCriticalPercent = 75 }, good with { TransactionCriticalPercent = 100 },
        ];
        Assert.All(bad, manifest => Assert.NotNull(manifest.FindFault()));
    }

    [Fact]
    public void Field_names_match_in_any_case_the_last_of_two_counts_and_unknown_ones_are_ignored()
    {
        var good = new StockManifest { WalDirectory = "w", TableDirectory = "s" };
        string json = Encoding.UTF8.GetString(good.ToJson())
            .Replace("\"version\"", "\"future\": [1], \"Version\": 0, \"VERSION\"", StringComparison.Ordinal);

        Assert.Equal(good, StockManifest.Parse(Encoding.UTF8.GetBytes(json), "M"));
    }

    [Fact]
    public void Backups_are_merged_in_by_name()
    {
        using var directory = new TemporaryDirectory();
        foreach (string file in (string[])
            ["wal/3.wal", "wal/.0.wal", "wal/x.log", "wal/backup_1/1.wal", "wal/backup_2/2.wal", "wal/other/9.wal"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory.Combine(file))!);
            File.WriteAllText(directory.Combine(file), "");
        }

        StockDirectory stock = StockDirectory.Open(LinuxFileSystem.Instance, directory.Path);

        Assert.Equal([".0.wal", "3.wal"], stock.WalFiles(includeBackups: false).Select(file => file.Name));
        Assert.Equal(
            [".0.wal", "1.wal backup_1", "2.wal backup_2", "3.wal"],
            stock.WalFiles(includeBackups: true).Select(file => $"{file.Name} {file.Backup}".Trim()));
        Assert.Equal(
            4, StockDirectory
                .LocateWal(LinuxFileSystem.Instance, directory.Combine("wal"), includeBackups: true).Count);
        Assert.Single(StockDirectory.LocateWal(LinuxFileSystem.Instance, directory.Combine("wal", "3.wal"), false));
        Assert.Throws<StorageException>(
            () => StockDirectory.LocateWal(LinuxFileSystem.Instance, directory.Combine("nothing"), false));
    }

    [Fact]
    public void Tables_are_ordered_by_name_for_shadowing_and_by_time_for_age()
    {
        string[] names =
        [
            "-base-000001.sst", "0_000001_00000000000000000050.sst", "0_000002_00000000000000000020.sst",
            "1_000001_00000000000000000030.sst", "zz.sst",
        ];

        Assert.Equal(
            [names[0], names[2], names[3], names[1], names[4]], StockTableName.OldestFirst(names));
        Assert.True(StockTableName.TryParse(names[3], out StockTableName parsed));
        Assert.Equal(new StockTableName(1, 1, 30), parsed);
        Assert.False(StockTableName.TryParse(names[0], out _));
    }
}
