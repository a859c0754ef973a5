using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Platform.Tests;

/// <summary>
/// What every file system must do, run against the real one and the simulated one, so that tests on the simulated
/// disk prove something about the real one.
/// </summary>
public abstract class FileSystemContract
{
    /// <summary>The file system under test.</summary>
    protected abstract IFileSystem Disk { get; }

    /// <summary>An existing directory of the test.</summary>
    protected abstract string Root { get; }

    [Fact]
    public void A_mapped_file_has_its_length_and_is_zero_until_it_is_written()
    {
        using (IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 10_000))
        {
            Assert.Equal(10_000, file.Length);
            Assert.True(file.Read(0, 10_000).IndexOfAnyExcept((byte)0) < 0);
            "hello"u8.CopyTo(file.Write(9_000, 5));
            file.Sync("TEST:SYNC", 9_000, 5);
            file.Sync("TEST:SYNC", 0, 0);
            file.Release(0, file.Length);
            Assert.Equal("hello"u8.ToArray(), file.Read(9_000, 5).ToArray());
        }

        using IMappedFile again = Disk.OpenMapped("TEST:OPEN", At("a"), writable: false);
        Assert.Equal(10_000, again.Length);
        Assert.Equal("hello"u8.ToArray(), again.ReadToEnd(9_000)[..5].ToArray());
        Assert.Throws<InvalidOperationException>(() => _ = again.Write(0, 1).Length);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(10_000)]
    [InlineData(20_000)]
    public void A_recycled_file_has_the_length_asked_for_and_can_be_written_and_synced(long length)
    {
        using (IMappedFile before = Disk.CreateMapped("TEST:CREATE", At("a"), 10_000))
        {
            before.Write(0, 10_000).Fill(7);
            before.Sync("TEST:SYNC", 0, 10_000);
        }

        using (IMappedFile file = Disk.RecycleMapped("TEST:RECYCLE", At("a"), length))
        {
            Assert.Equal(length, file.Length);
            Assert.True(file.Read(0, (int)length).IndexOfAnyExcept((byte)0, (byte)7) < 0);
            file.Write(length - 5, 5).Fill(9);
            file.Sync("TEST:SYNC", 0, length);
        }

        Assert.Equal(length, Disk.FileLength("TEST:LENGTH", At("a")));
        using IMappedFile again = Disk.OpenMapped("TEST:OPEN", At("a"), writable: false);
        Assert.True(again.Read(length - 5, 5).IndexOfAnyExcept((byte)9) < 0);
    }

    [Fact]
    public void A_recycled_file_with_another_name_keeps_its_content_there()
    {
        using (IMappedFile before = Disk.CreateMapped("TEST:CREATE", At("a"), 4096))
        {
            before.Write(0, 4096).Fill(7);
            before.Sync("TEST:SYNC", 0, 4096);
        }

        Disk.Link("TEST:LINK", At("a"), At("b"));
        using IMappedFile file = Disk.RecycleMapped("TEST:RECYCLE", At("a"), 4096);
        file.Write(0, 4096).Fill(9);
        using IMappedFile backup = Disk.OpenMapped("TEST:OPEN", At("b"), writable: false);
        Assert.True(backup.Read(0, 4096).IndexOfAnyExcept((byte)7) < 0);
    }

    [Fact]
    public void A_file_is_removed_part_by_part_from_its_end()
    {
        WriteFile("a", 10_000);
        Assert.False(Disk.DeletePart("TEST:DELETE", At("a"), 4096));
        Assert.Equal(5904, Disk.FileLength("TEST:LENGTH", At("a")));
        Assert.False(Disk.DeletePart("TEST:DELETE", At("a"), 4096));
        Assert.Equal(1808, Disk.FileLength("TEST:LENGTH", At("a")));
        Assert.True(Disk.DeletePart("TEST:DELETE", At("a"), 4096));
        Assert.False(Disk.FileExists(At("a")));
        Assert.Equal(
            StorageFault.NotFound,
            Assert.Throws<StorageException>(() => Disk.DeletePart("TEST:DELETE", At("a"), 4096)).Fault);
    }

    [Fact]
    public void A_file_with_another_name_is_removed_at_once_and_keeps_its_content_there()
    {
        WriteFile("a", 10_000);
        Disk.Link("TEST:LINK", At("a"), At("b"));
        Assert.True(Disk.DeletePart("TEST:DELETE", At("a"), 4096));
        Assert.False(Disk.FileExists(At("a")));
        Assert.Equal(10_000, Disk.FileLength("TEST:LENGTH", At("b")));
    }

    [Fact]
    public void A_file_to_recycle_that_is_not_there_is_an_error() => Assert.Equal(
        StorageFault.NotFound,
        Assert.Throws<StorageException>(() => Disk.RecycleMapped("TEST:RECYCLE", At("a"), 4096).Dispose()).Fault);

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 4097)]
    [InlineData(4096, 1)]
    [InlineData(4097, 0)]
    [InlineData(long.MaxValue, 1)]
    public void A_range_outside_a_mapped_file_is_refused(long offset, int length)
    {
        using IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 4096);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = file.Read(offset, length).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = file.Write(offset, length).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Sync("TEST:SYNC", offset, length));
    }

    [Fact]
    public void A_disposed_mapping_refuses_access_and_can_be_disposed_again()
    {
        IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 4096);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = file.Read(0, 1).Length);
    }

    [Fact]
    public void Bytes_written_past_the_mapping_show_in_it()
    {
        byte[] first = new byte[3 << 20];
        byte[] second = new byte[2 << 20];
        new Random(1).NextBytes(first);
        new Random(2).NextBytes(second);
        using (IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 8 << 20))
        {
            file.Write(100, 1)[0] = 1;
            file.WriteBehind("TEST:WRITE", 4096, first);
            file.WriteBehind("TEST:WRITE", 4096 + first.Length, second);
            file.FinishWriting();
            file.FinishWriting();
            file.WriteThrough("TEST:WRITE", 5, "seven"u8);
            Assert.Equal("seven"u8.ToArray(), file.Read(5, 5).ToArray());
            Assert.Equal(1, file.Read(100, 1)[0]);
            Assert.True(file.Read(4096, first.Length).SequenceEqual(first));
            Assert.True(file.Read(4096 + first.Length, second.Length).SequenceEqual(second));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.WriteThrough("TEST:WRITE", 8 << 20, first));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.WriteBehind("TEST:WRITE", 8 << 20, first));
            file.Sync("TEST:SYNC", 0, 8 << 20);
        }

        using IMappedFile again = Disk.OpenMapped("TEST:OPEN", At("a"), writable: false);
        Assert.True(again.Read(4096, first.Length).SequenceEqual(first));
        Assert.Throws<InvalidOperationException>(() => again.WriteThrough("TEST:WRITE", 0, first));
    }

    [Fact]
    public void A_sync_left_to_another_thread_is_finished_once_and_one_at_a_time()
    {
        using IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 8 << 20);
        file.FinishSyncing();
        for (int i = 0; i < 50; i++)
        {
            file.WriteThrough("TEST:WRITE", i << 16, new byte[1 << 16]);
            file.SyncBehind("TEST:SYNC", i << 16, 1 << 16);
            Assert.Throws<InvalidOperationException>(() => file.SyncBehind("TEST:SYNC", 0, 1));
            file.FinishSyncing();
            file.FinishSyncing();
            Assert.True(file.TryAwaitSync(TimeSpan.Zero));
        }

        file.SyncBehind("TEST:SYNC", 0, 8 << 20);
        Assert.True(file.TryAwaitSync(TimeSpan.FromMinutes(1)));
        file.FinishSyncing();

        Assert.Throws<ArgumentOutOfRangeException>(() => file.SyncBehind("TEST:SYNC", 8 << 20, 1));
    }

    [Fact]
    public void A_mapped_file_that_is_cut_shrinks_for_everybody()
    {
        using IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 8192);
        file.Write(99, 1)[0] = 7;
        file.Truncate("TEST:CUT", 100);
        Assert.Equal(100, file.Length);
        Assert.Equal(7, file.Read(99, 1)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = file.Read(100, 1).Length);
        Assert.Equal(100, Disk.FileLength("TEST:LENGTH", At("a")));
    }

    [Fact]
    public void Appended_bytes_are_read_back_by_position_while_the_file_grows()
    {
        using IAppendFile file = Disk.CreateAppend("TEST:CREATE", At("a"));
        using IRandomReadFile read = Disk.OpenRead("TEST:OPEN", At("a"));
        Assert.Equal(0, read.Length);
        file.Append("TEST:WRITE", "abc"u8);
        file.Append("TEST:WRITE", default);
        file.Append("TEST:WRITE", "defg"u8);
        file.Sync("TEST:SYNC");
        Assert.Equal(7, file.Length);
        Assert.Equal(7, read.Length);
        byte[] buffer = new byte[10];
        Assert.Equal(5, read.Read("TEST:READ", 2, buffer));
        Assert.Equal("cdefg"u8.ToArray(), buffer[..5]);
        Assert.Equal(0, read.Read("TEST:READ", 7, buffer));
        Assert.Equal(0, read.Read("TEST:READ", 100, buffer));
    }

    [Fact]
    public void A_new_file_must_not_exist()
    {
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "x"u8);
        Assert.Throws<StorageException>(() => Disk.CreateAppend("TEST:CREATE", At("a")).Dispose());
        Assert.Throws<StorageException>(() => Disk.CreateMapped("TEST:CREATE", At("a"), 4096).Dispose());
        Assert.Equal("x"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", At("a"), 10));
    }

    [Fact]
    public void A_replaced_file_has_the_new_bytes_and_leaves_nothing_else()
    {
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "one"u8);
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "three"u8);
        Assert.Equal("three"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", At("a"), 10));
        Assert.Equal(["a"], Disk.ListFiles("TEST:LIST", Root));
        StorageException large = Assert.Throws<StorageException>(() => Disk.ReadAllBytes("TEST:READ", At("a"), 4));
        Assert.Equal(StorageFault.LimitExceeded, large.Fault);
    }

    [Fact]
    public void A_replacement_that_was_interrupted_is_repeated_over_its_remains()
    {
        Disk.CreateAppend("TEST:CREATE", At("a.tmp")).Dispose();
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "one"u8);
        Assert.Equal(["a"], Disk.ListFiles("TEST:LIST", Root));
    }

    [Fact]
    public void Names_can_be_moved_linked_and_removed()
    {
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "one"u8);
        Disk.ReplaceFile("TEST:REPLACE", At("b"), "two"u8);
        Disk.Link("TEST:LINK", At("a"), At("c"));
        Assert.Throws<StorageException>(() => Disk.Link("TEST:LINK", At("a"), At("b")));
        Disk.Rename("TEST:RENAME", At("a"), At("b"));
        Disk.SyncDirectory("TEST:SYNC", Root);
        Assert.Equal(["b", "c"], Disk.ListFiles("TEST:LIST", Root));
        Assert.Equal("one"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", At("b"), 10));
        Disk.Delete("TEST:DELETE", At("b"));
        Assert.False(Disk.FileExists(At("b")));
        Assert.Equal("one"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", At("c"), 10));
    }

    [Fact]
    public void A_removed_file_stays_readable_through_what_is_open()
    {
        using IMappedFile mapped = Disk.CreateMapped("TEST:CREATE", At("a"), 4096);
        mapped.Write(0, 1)[0] = 5;
        using IRandomReadFile read = Disk.OpenRead("TEST:OPEN", At("a"));
        Disk.Delete("TEST:DELETE", At("a"));
        byte[] one = new byte[1];
        Assert.Equal(1, read.Read("TEST:READ", 0, one));
        Assert.Equal(5, one[0]);
        Assert.Equal(5, mapped.Read(0, 1)[0]);
    }

    [Fact]
    public void Directories_are_made_with_their_parents_and_listed()
    {
        string deep = Path.Combine(Root, "x", "y");
        Disk.CreateDirectory("TEST:MKDIR", deep);
        Disk.CreateDirectory("TEST:MKDIR", deep);
        Assert.True(Disk.DirectoryExists(deep));
        Assert.False(Disk.FileExists(deep));
        Assert.Equal(["x"], Disk.ListDirectories("TEST:LIST", Root));
        Assert.Empty(Disk.ListFiles("TEST:LIST", Root));
    }

    [Fact]
    public void What_is_missing_is_reported_as_such_with_its_path_and_operation()
    {
        Action[] calls =
        [
            () => Disk.OpenMapped("TEST:STEP", At("no"), writable: false).Dispose(),
            () => Disk.OpenRead("TEST:STEP", At("no")).Dispose(),
            () => Disk.ReadAllBytes("TEST:STEP", At("no"), 1),
            () => Disk.Truncate("TEST:STEP", At("no"), 1),
            () => Disk.SyncFile("TEST:STEP", At("no")),
            () => Disk.Rename("TEST:STEP", At("no"), At("b")),
            () => Disk.Link("TEST:STEP", At("no"), At("b")),
            () => Disk.Delete("TEST:STEP", At("no")),
            () => Disk.FileLength("TEST:STEP", At("no")),
            () => Disk.SyncDirectory("TEST:STEP", At("no")),
            () => Disk.ListFiles("TEST:STEP", At("no")),
            () => Disk.ListDirectories("TEST:STEP", At("no")),
            () => Disk.CreateAppend("TEST:STEP", At("no/file")).Dispose(),
            () => Disk.LockDirectory("TEST:STEP", At("no")).Dispose(),
        ];
        foreach (Action call in calls)
        {
            StorageException missing = Assert.Throws<StorageException>(call);
            Assert.Equal(StorageFault.NotFound, missing.Fault);
            Assert.Contains("TEST:STEP", missing.Message, StringComparison.Ordinal);
            Assert.Contains(At("no"), missing.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_can_be_cut_and_extended_when_closed()
    {
        Disk.ReplaceFile("TEST:REPLACE", At("a"), "abcdef"u8);
        Disk.Truncate("TEST:CUT", At("a"), 3);
        Disk.Truncate("TEST:CUT", At("a"), 5);
        Assert.Equal("abc\0\0"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", At("a"), 10));
    }

    [Fact]
    public void A_directory_is_locked_by_one_holder_at_a_time()
    {
        IDisposable held = Disk.LockDirectory("TEST:LOCK", Root);
        StorageException refused = Assert.Throws<StorageException>(
            () => Disk.LockDirectory("TEST:LOCK", Root + "/").Dispose());
        Assert.Equal(StorageFault.InUse, refused.Fault);
        held.Dispose();
        held.Dispose();
        Disk.LockDirectory("TEST:LOCK", Root).Dispose();
    }

    [Fact]
    public void There_is_room_left() => Assert.True(Disk.AvailableBytes("TEST:ROOM", Root) > 1 << 20);

    /// <summary>A path in the test's directory.</summary>
    protected string At(string name) => Path.Combine(Root, name);

    private void WriteFile(string name, int length)
    {
        using IAppendFile file = Disk.CreateAppend("TEST:CREATE", At(name));
        file.Append("TEST:WRITE", new byte[length]);
    }
}
