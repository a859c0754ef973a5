using Kevo.Core;
using Kevo.Platform;
using Kevo.Testing.Disk;

namespace Kevo.Platform.Tests;

/// <summary>
/// The simulated disk does what the real one does, and loses on a power cut exactly what its fault model allows.
/// </summary>
public sealed class SimulatedFileSystemTests : FileSystemContract
{
    private const int Seeds = 200;
    private readonly SimulatedFileSystem _disk = new();

    public SimulatedFileSystemTests()
    {
        _disk.CreateDirectory("TEST:MKDIR", Root);
        _disk.SyncDirectory("TEST:SYNC", "/");
    }

    protected override IFileSystem Disk => _disk;

    protected override string Root => "/test";

    [Fact]
    public void What_was_synced_survives_every_power_cut()
    {
        _disk.ReplaceFile("TEST:REPLACE", At("a"), "kept"u8);
        using IMappedFile file = _disk.CreateMapped("TEST:CREATE", At("b"), 8192);
        file.Write(0, 8192).Fill(9);
        file.Sync("TEST:SYNC", 4096, 1);
        _disk.SyncDirectory("TEST:SYNC", Root);
        for (int seed = 0; seed < Seeds; seed++)
        {
            SimulatedFileSystem image = _disk.CrashImage(seed);
            Assert.Equal("kept"u8.ToArray(), image.ReadAllBytes("TEST:READ", At("a"), 10));
            byte[] content = image.ReadAllBytes("TEST:READ", At("b"), 8192);
            Assert.Equal(8192, content.Length);
            Assert.True(content.AsSpan(4096).IndexOfAnyExcept((byte)9) < 0);
        }
    }

    [Fact]
    public void Unsynced_pages_are_old_new_or_torn_between_sectors()
    {
        using IMappedFile file = _disk.CreateMapped("TEST:CREATE", At("a"), 8192);
        file.Sync("TEST:SYNC", 0, 8192);
        _disk.SyncDirectory("TEST:SYNC", Root);
        file.Write(0, 8192).Fill(9);
        HashSet<string> shapes = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            byte[] content = _disk.CrashImage(seed).ReadAllBytes("TEST:READ", At("a"), 8192);
            for (int sector = 0; sector < 8192; sector += 512)
            {
                Assert.True(
                    content.AsSpan(sector, 512).IndexOfAnyExcept(content[sector]) < 0,
                    $"seed {seed}: a sector is torn");
            }

            shapes.Add(string.Concat(Enumerable.Range(0, 16).Select(sector => content[sector * 512] == 9 ? '1' : '0')));
        }

        Assert.Contains(new string('0', 16), shapes);
        Assert.Contains(new string('1', 16), shapes);
        Assert.Contains("0000000011111111", shapes);
        Assert.True(shapes.Count > 20);
    }

    [Fact]
    public void Unsynced_names_survive_or_not_independently_and_renames_are_whole()
    {
        _disk.ReplaceFile("TEST:REPLACE", At("old"), "x"u8);
        _disk.Rename("TEST:RENAME", At("old"), At("new"));
        _disk.CreateAppend("TEST:CREATE", At("other")).Dispose();
        HashSet<string> shapes = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            shapes.Add(string.Join(',', _disk.CrashImage(seed).ListFiles("TEST:LIST", Root)));
        }

        Assert.Equal(["new", "new,other", "old", "old,other"], shapes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_unsynced_directory_takes_its_files_along()
    {
        string directory = At("d");
        _disk.CreateDirectory("TEST:MKDIR", directory);
        _disk.ReplaceFile("TEST:REPLACE", Path.Combine(directory, "a"), "x"u8);
        string file = Path.Combine(directory, "a");
        bool[] survived = [.. Enumerable.Range(0, Seeds).Select(seed => _disk.CrashImage(seed).FileExists(file))];
        Assert.Contains(true, survived);
        Assert.Contains(false, survived);
    }

    [Fact]
    public void An_unsynced_length_is_old_new_or_between()
    {
        using IAppendFile file = _disk.CreateAppend("TEST:CREATE", At("a"));
        file.Append("TEST:WRITE", new byte[100]);
        file.Sync("TEST:SYNC");
        _disk.SyncDirectory("TEST:SYNC", Root);
        file.Append("TEST:WRITE", new byte[900]);
        long[] lengths = [.. Enumerable.Range(0, Seeds)
            .Select(seed => _disk.CrashImage(seed).FileLength("TEST:LENGTH", At("a")))];
        Assert.All(lengths, static length => Assert.InRange(length, 100, 1000));
        Assert.Contains(100, lengths);
        Assert.Contains(1000, lengths);
        Assert.Contains(lengths, static length => length is > 100 and < 1000);
    }

    [Fact]
    public void A_crash_ends_open_files_and_locks_and_the_same_seed_gives_the_same_disk()
    {
        using IMappedFile mapped = _disk.CreateMapped("TEST:CREATE", At("a"), 4096);
        using IAppendFile appended = _disk.CreateAppend("TEST:CREATE", At("b"));
        IDisposable held = _disk.LockDirectory("TEST:LOCK", Root);
        IReadOnlyList<string> image = _disk.CrashImage(7).ListFiles("TEST:LIST", Root);
        _disk.Crash(7);
        Assert.Equal(image, _disk.ListFiles("TEST:LIST", Root));
        Assert.Throws<SimulatedCrashException>(() => _ = mapped.Write(0, 1).Length);
        Assert.Throws<SimulatedCrashException>(() => appended.Append("TEST:WRITE", "x"u8));
        using IDisposable again = _disk.LockDirectory("TEST:LOCK", Root);
        held.Dispose();
        Assert.Throws<StorageException>(() => _disk.LockDirectory("TEST:LOCK", Root).Dispose());
    }

    [Fact]
    public void A_full_disk_refuses_to_allocate_and_writes_a_prefix_when_appending()
    {
        _disk.Capacity = 10_000;
        Assert.Equal(
            StorageFault.Full,
            Assert.Throws<StorageException>(() => _disk.CreateMapped("TEST:CREATE", At("a"), 10_001).Dispose()).Fault);
        using IAppendFile file = _disk.CreateAppend("TEST:CREATE", At("b"));
        Assert.Equal(
            StorageFault.Full,
            Assert.Throws<StorageException>(() => file.Append("TEST:WRITE", new byte[12_000])).Fault);
        Assert.Equal(10_000, file.Length);
        _disk.Delete("TEST:DELETE", At("b"));
        Assert.Equal(10_000, _disk.AvailableBytes("TEST:ROOM", Root));
    }

    [Fact]
    public void Planted_damage_shows()
    {
        _disk.ReplaceFile("TEST:REPLACE", At("a"), new byte[2000]);
        _disk.FlipBit(At("a"), (8 * 1500) + 3);
        Assert.Equal(8, _disk.CrashImage(1).ReadAllBytes("TEST:READ", At("a"), 2000)[1500]);
        _disk.FailReads(At("a"), 512, 512);
        using IRandomReadFile file = _disk.OpenRead("TEST:OPEN", At("a"));
        byte[] buffer = new byte[512];
        Assert.Equal(512, file.Read("TEST:READ", 0, buffer));
        Assert.Equal(
            StorageFault.InputOutput, Assert.Throws<StorageException>(() => file.Read("TEST:READ", 1, buffer)).Fault);
    }
}
