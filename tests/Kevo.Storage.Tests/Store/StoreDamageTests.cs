using Kevo.Core;
using Kevo.Storage.Store;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class StoreDamageTests
{
    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void A_damaged_block_is_an_error_that_names_file_and_offset_never_a_missing_key()
    {
        string table = FillAndClose()[0];
        // Not in the first block, which opening reads.
        _disk.FlipBit(table, 8 * 3000);
        using ReplicaStore store = Open();
        int found = 0;
        int errors = 0;
        using ISnapshot snapshot = store.OpenSnapshot();
        for (int i = 1; i <= 300; i++)
        {
            try
            {
                Assert.NotNull(snapshot.Get($"key{i:D6}"));
                found++;
            }
            catch (StorageException error)
            {
                Assert.Equal(StorageFault.Corrupt, error.Fault);
                Assert.Contains(table, error.Message, StringComparison.Ordinal);
                Assert.Contains("offset", error.Message, StringComparison.Ordinal);
                errors++;
            }
        }

        Assert.True(errors > 0 && found > 0);
        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => snapshot.Count()).Fault);
    }

    [Fact]
    public void Every_bit_of_a_table_is_detected_or_harmless()
    {
        string table = FillAndClose(count: 12)[0];
        long length = _disk.FileLength("TEST:LENGTH", table);
        for (long bit = 0; bit < length * 8; bit += 3)
        {
            _disk.FlipBit(table, bit);
            AssertHonest($"bit {bit}", expectedKeys: 12);
            _disk.FlipBit(table, bit);
        }
    }

    [Fact]
    public void A_damaged_or_missing_filter_is_made_anew_and_answers_stay_right()
    {
        string filter = TableFiles.FilterFor(FillAndClose()[0]);
        long length = _disk.FileLength("TEST:LENGTH", filter);
        for (long at = 0; at < length; at += 37)
        {
            _disk.FlipBit(filter, at * 8);
            AssertHonest($"filter byte {at}", expectedKeys: 300);
        }

        _disk.Delete("TEST:DELETE", filter);
        AssertHonest("no filter", expectedKeys: 300);
        Assert.True(_disk.FileExists(filter));
    }

    [Fact]
    public void A_missing_table_stops_the_opening_and_is_named()
    {
        string table = FillAndClose()[0];
        _disk.Delete("TEST:DELETE", table);
        StorageException error = Assert.Throws<StorageException>(Open);
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains(table, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_other_content_under_the_right_name_stops_the_opening()
    {
        IReadOnlyList<string> tables = FillAndClose();
        Assert.True(tables.Count > 1);
        _disk.Delete("TEST:DELETE", tables[0]);
        _disk.Link("TEST:LINK", tables[1], tables[0]);
        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(Open).Fault);
    }

    [Fact]
    public void A_table_of_the_same_length_from_another_store_stops_the_opening()
    {
        string table = FillAndClose()[0];
        var other = new SimulatedFileSystem();
        byte[] bytes;
        using (ReplicaStore store = ReplicaStore.Open(StoreEntries.SmallOptions(), other))
        {
            store.BeginEpoch(new LogPosition(1, 0));
            store.Fill(300, prefix: "kez");
            store.Flush();
            store.RunAllSteps();
            bytes = other.ReadAllBytes("TEST:READ", store.GetTablePathsOldestFirst()[0], 1 << 20);
        }

        Assert.Equal(_disk.FileLength("TEST:LENGTH", table), bytes.Length);
        _disk.ReplaceFile("TEST:REPLACE", table, bytes);
        StorageException error = Assert.Throws<StorageException>(Open);
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains(table, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_byte_of_the_checkpoint_is_checked()
    {
        FillAndClose();
        long length = _disk.FileLength("TEST:LENGTH", "/data/CHECKPOINT");
        for (long at = 0; at < length; at++)
        {
            _disk.FlipBit("/data/CHECKPOINT", at * 8);
            StorageException error = Assert.Throws<StorageException>(Open);
            Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion, $"byte {at}");
            _disk.FlipBit("/data/CHECKPOINT", at * 8);
        }
    }

    [Fact]
    public void A_missing_checkpoint_beside_tables_stops_the_opening()
    {
        FillAndClose();
        _disk.Delete("TEST:DELETE", "/data/CHECKPOINT");
        StorageException error = Assert.Throws<StorageException>(Open);
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains("CHECKPOINT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Left_overs_are_removed_and_foreign_files_stay()
    {
        FillAndClose();
        foreach (string name in (string[])
            ["-base-000900.sst", "-base-000900.filter", "-base-000901.sst.tmp", "-base-000901.filter.tmp", "notes.txt"])
        {
            _disk.CreateAppend("TEST:CREATE", "/data/tables/" + name).Dispose();
        }

        AssertHonest("left-overs", expectedKeys: 300);
        IReadOnlyList<string> left = _disk.ListFiles("TEST:LIST", "/data/tables");
        Assert.Contains("notes.txt", left);
        Assert.DoesNotContain(left, static name => name.Contains("0009", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_is_held_by_one_store_at_a_time()
    {
        using ReplicaStore store = Open();
        Assert.Equal(StorageFault.InUse, Assert.Throws<StorageException>(Open).Fault);
    }

    private void AssertHonest(string where, int expectedKeys)
    {
        try
        {
            using ReplicaStore store = Open();
            using ISnapshot snapshot = store.OpenSnapshot();
            Assert.True(snapshot.Count() == expectedKeys, where);
            Assert.True(snapshot.Get("key000005") == new string('v', 50) + "5", where);
        }
        catch (StorageException error)
        {
            Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion, $"{where}: {error}");
        }
    }

    private IReadOnlyList<string> FillAndClose(int count = 300)
    {
        using ReplicaStore store = Open();
        store.BeginEpoch(new LogPosition(1, 0));
        store.Fill(count);
        store.Flush();
        store.RunAllSteps();
        return store.GetTablePathsOldestFirst();
    }

    private ReplicaStore Open() => ReplicaStore.Open(StoreEntries.SmallOptions(), _disk);
}
