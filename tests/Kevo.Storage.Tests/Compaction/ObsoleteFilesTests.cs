using Kevo.Core;
using Kevo.Storage.Compaction;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Compaction;

public class ObsoleteFilesTests
{
    private const string Directory = "/tables";

    private readonly SimulatedFileSystem _simulated = new();
    private readonly FaultInjectingFileSystem _disk;
    private readonly ObsoleteFiles _obsolete;

    public ObsoleteFilesTests()
    {
        _simulated.CreateDirectory("TEST:MKDIR", Directory);
        _disk = new FaultInjectingFileSystem(_simulated);
        _obsolete = new ObsoleteFiles(_disk, partBytes: 1024);
    }

    [Fact]
    public void A_table_that_nobody_reads_goes_part_by_part()
    {
        StoredTable table = WriteTable();
        long length = _disk.FileLength("TEST:LENGTH", table.Path);
        table.RemoveReference();
        _obsolete.AddTable(table);
        List<long> lengths = [];
        while (_disk.FileExists(table.Path))
        {
            lengths.Add(_disk.FileLength("TEST:LENGTH", table.Path));
            _obsolete.RemoveNext();
        }

        Assert.True(lengths.Count > 3);
        Assert.Equal(Enumerable.Range(0, lengths.Count).Select(part => length - (part * 1024L)), lengths);
        RemoveRest();
        Assert.Empty(_disk.ListFiles("TEST:LIST", Directory));
    }

    [Fact]
    public void A_table_that_is_still_read_loses_its_name_and_stays_readable_with_its_filter()
    {
        StoredTable table = WriteTable();
        var obsolete = new ObsoleteFiles(_disk, partBytes: 64);
        obsolete.AddTable(table);
        Assert.True(_disk.FileLength("TEST:LENGTH", TableFiles.FilterFor(table.Path)) > 2 * 64);
        while (!obsolete.IsEmpty)
        {
            obsolete.RemoveNext();
        }

        Assert.Empty(_disk.ListFiles("TEST:LIST", Directory));
        for (int i = 0; i < 200; i++)
        {
            byte[] key = BitConverter.GetBytes(i);
            Array.Reverse(key);
            Assert.Equal(TableLookup.Found, table.Get(key, TableFilter.Hash(key), out ReadOnlySpan<byte> value));
            Assert.Equal(100, value.Length);
        }
    }

    [Fact]
    public void What_cannot_be_removed_stays_queued()
    {
        StoredTable table = WriteTable();
        table.RemoveReference();
        _obsolete.AddTable(table);
        _obsolete.RemoveNext();
        _disk.Fail("STORE:REMOVE", occurrence: 2);
        Assert.Throws<StorageException>(_obsolete.RemoveNext);
        Assert.False(_obsolete.IsEmpty);
        RemoveRest();
        Assert.Empty(_disk.ListFiles("TEST:LIST", Directory));
    }

    private void RemoveRest()
    {
        while (!_obsolete.IsEmpty)
        {
            _obsolete.RemoveNext();
        }
    }

    private StoredTable WriteTable()
    {
        ulong number = 0;
        var writer = new RunWriter(
            _disk,
            Directory,
            () => ++number,
            tableBytes: 1 << 20,
            new TableWriterOptions(),
            new BlockResidency(1 << 20),
            _obsolete);
        for (int i = 0; i < 200; i++)
        {
            byte[] key = BitConverter.GetBytes(i);
            Array.Reverse(key);
            writer.Add(key, new byte[100], isTombstone: false, sequence: 1);
        }

        writer.Cut();
        return Assert.Single(writer.Tables);
    }
}
