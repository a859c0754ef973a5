using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Filters beside tables.</summary>
public sealed class TableFilterTests
{
    [Fact]
    public void Held_keys_always_pass_and_few_others_do()
    {
        using var directory = new TemporaryDirectory();
        const int count = 20000;
        string path = directory.Combine("1.sst");
        TableTestData.Write(path, Enumerable.Range(0, count).Select(i => TableEntry.Of($"key-{i:D6}", "v", 1)));
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        using TableFilter filter = TableFilter.Open(
            LinuxFileSystem.Instance, TableFiles.FilterFor(path), table.Identity);

        int wrong = 0;
        for (int i = 0; i < count; i++)
        {
            Assert.True(filter.MayContain(Encoding.UTF8.GetBytes($"key-{i:D6}")));
            wrong += filter.MayContain(Encoding.UTF8.GetBytes($"other-{i:D6}")) ? 1 : 0;
        }

        Assert.Equal(count, filter.KeyCount);
        Assert.InRange(wrong, 0, count / 50);
    }

    [Fact]
    public void A_missing_filter_is_reported_as_such_and_can_be_rebuilt_from_the_table()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(5, 500);
        string path = TableTestData.Write(directory.Combine("1.sst"), entries);
        string filterPath = TableFiles.FilterFor(path);
        byte[] original = File.ReadAllBytes(filterPath);
        File.Delete(filterPath);
        File.WriteAllText(filterPath + ".tmp", "left over by a crash");
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);

        StorageException error = Assert.Throws<StorageException>(
            () => TableFilter.Open(LinuxFileSystem.Instance, filterPath, table.Identity));
        Assert.Equal(StorageFault.NotFound, error.Fault);

        TableFilterBuilder.Rebuild(LinuxFileSystem.Instance, table, 10, TestContext.Current.CancellationToken);
        Assert.Equal(original, File.ReadAllBytes(filterPath));
    }

    [Fact]
    public void A_filter_of_another_table_is_refused()
    {
        using var directory = new TemporaryDirectory();
        string one = TableTestData.Write(directory.Combine("1.sst"), [TableEntry.Of("a", "1", 1)]);
        string two = TableTestData.Write(directory.Combine("2.sst"), [TableEntry.Of("b", "1", 1)]);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, one);

        StorageException error = Assert.Throws<StorageException>(
            () => TableFilter.Open(LinuxFileSystem.Instance, TableFiles.FilterFor(two), table.Identity));
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains("another table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_of_a_future_version_is_named_as_such()
    {
        using var directory = new TemporaryDirectory();
        string path = TableTestData.Write(directory.Combine("1.sst"), [TableEntry.Of("a", "1", 1)]);
        string filterPath = TableFiles.FilterFor(path);
        byte[] bytes = File.ReadAllBytes(filterPath);
        bytes[8] = 2;
        File.WriteAllBytes(filterPath, bytes);

        StorageException error = Assert.Throws<StorageException>(
            () => TableFilter.Open(LinuxFileSystem.Instance, filterPath, 0));
        Assert.Equal(StorageFault.UnknownVersion, error.Fault);
    }
}
