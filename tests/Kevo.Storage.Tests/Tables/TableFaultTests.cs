using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Every call to the disk fails once while a table is made: it is complete or it is not there.</summary>
public sealed class TableFaultTests
{
    [Fact]
    public void A_table_is_synced_before_it_is_renamed_and_its_filter_comes_first()
    {
        using var directory = new TemporaryDirectory();
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        Write(disk, directory.Combine("1.sst"));

        Assert.Equal(
            [
                "TABLE:CREATE", "TABLE:APPEND", "TABLE:SYNC",
                "FILTER:CREATE", "FILTER:APPEND", "FILTER:SYNC", "FILTER:RENAME",
                "TABLE:RENAME", "TABLE:SYNCDIR",
            ],
            Runs(disk.Operations.Select(operation => operation.Name)));
    }

    [Fact]
    public void Whatever_call_fails_the_error_is_reported_and_no_half_table_appears()
    {
        using var directory = new TemporaryDirectory();
        var recorder = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        Write(recorder, directory.Combine("all.sst"));
        string[] names = [.. recorder.Operations.Select(operation => operation.Name)];
        for (int i = 0; i < names.Length; i++)
        {
            string path = directory.Combine($"{i}.sst");
            var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
            disk.Fail(names[i], names.Take(i + 1).Count(name => name == names[i]), StorageFault.Full);

            StorageException error = Assert.Throws<StorageException>(() => Write(disk, path));
            Assert.Contains(names[i], error.Message, StringComparison.Ordinal);
            if (File.Exists(path))
            {
                Assert.Equal("TABLE:SYNCDIR", names[i]);
                using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
                table.Verify(TestContext.Current.CancellationToken);
            }
        }
    }

    private static void Write(IFileSystem disk, string path)
    {
        using TableWriter writer = TableWriter.Create(disk, path, new TableWriterOptions { BlockSize = 256 });
        foreach (TableEntry entry in TableTestData.Random(1, 20))
        {
            writer.Add(entry.Key, entry.Value, entry.Sequence);
        }

        writer.Publish();
    }

    private static List<string> Runs(IEnumerable<string> names)
    {
        var runs = new List<string>();
        foreach (string name in names)
        {
            if (runs.Count == 0 || runs[^1] != name)
            {
                runs.Add(name);
            }
        }

        return runs;
    }
}
