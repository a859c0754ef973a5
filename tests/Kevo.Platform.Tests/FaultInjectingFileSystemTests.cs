using Kevo.Core;
using Kevo.Platform;
using Kevo.Testing.Disk;

namespace Kevo.Platform.Tests;

public sealed class FaultInjectingFileSystemTests : FileSystemContract
{
    private readonly SimulatedFileSystem _inner = new();
    private readonly FaultInjectingFileSystem _disk;

    public FaultInjectingFileSystemTests()
    {
        _disk = new FaultInjectingFileSystem(_inner);
        _inner.CreateDirectory("TEST:MKDIR", Root);
    }

    protected override IFileSystem Disk => _disk;

    protected override string Root => "/test";

    [Fact]
    public void Every_step_of_a_replacement_is_named_and_in_the_order_that_survives_a_crash()
    {
        _disk.ReplaceFile("META:REPLACE", At("a"), "x"u8);
        Assert.Equal(
            [
                "META:REPLACE.CREATE", "META:REPLACE.WRITE", "META:REPLACE.SYNC", "META:REPLACE.RENAME",
                "META:REPLACE.SYNCDIR",
            ],
            _disk.Operations.Select(static operation => operation.Name));
    }

    [Theory]
    [InlineData("META:REPLACE.CREATE")]
    [InlineData("META:REPLACE.WRITE")]
    [InlineData("META:REPLACE.SYNC")]
    [InlineData("META:REPLACE.RENAME")]
    [InlineData("META:REPLACE.SYNCDIR")]
    public void A_replacement_stopped_at_any_step_leaves_the_old_or_the_new_bytes(string step)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            foreach (bool before in new[] { true, false })
            {
                var inner = new SimulatedFileSystem();
                inner.CreateDirectory("TEST:MKDIR", Root);
                inner.SyncDirectory("TEST:SYNC", "/");
                inner.ReplaceFile("META:REPLACE", At("a"), "old"u8);
                var disk = new FaultInjectingFileSystem(inner);
                if (before)
                {
                    disk.CrashBefore(step);
                }
                else
                {
                    disk.CrashAfter(step);
                }

                Assert.Throws<SimulatedCrashException>(() => disk.ReplaceFile("META:REPLACE", At("a"), "new!"u8));
                Assert.Throws<SimulatedCrashException>(() => disk.FileExists(At("a")));
                byte[] found = inner.CrashImage(seed).ReadAllBytes("TEST:READ", At("a"), 10);
                Assert.Contains(System.Text.Encoding.ASCII.GetString(found), new[] { "old", "new!" });
                if (step == "META:REPLACE.SYNCDIR" && !before)
                {
                    Assert.Equal("new!"u8.ToArray(), found);
                }
            }
        }
    }

    [Fact]
    public void Exactly_the_chosen_call_fails_and_a_sync_fails_as_one()
    {
        _disk.Fail("TEST:WRITE", 2, StorageFault.Full);
        _disk.Fail("TEST:SYNC", 1, StorageFault.Full);
        using IAppendFile file = _disk.CreateAppend("TEST:CREATE", At("a"));
        file.Append("TEST:WRITE", "a"u8);
        Assert.Equal(StorageFault.Full, Assert.Throws<StorageException>(() => file.Append("TEST:WRITE", "b"u8)).Fault);
        file.Append("TEST:WRITE", "c"u8);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(() => file.Sync("TEST:SYNC")).Fault);
        file.Sync("TEST:SYNC");
        Assert.Equal("ac"u8.ToArray(), _disk.ReadAllBytes("TEST:READ", At("a"), 10));
        Assert.Equal(3, _disk.CountOf("TEST:WRITE"));
    }

    [Fact]
    public void An_image_can_be_taken_at_the_moment_of_the_crash()
    {
        SimulatedFileSystem? image = null;
        _disk.OnCrash = () => image = _inner.CrashImage(1);
        _disk.CrashAfter("TEST:MKDIR2");
        Assert.Throws<SimulatedCrashException>(() => _disk.CreateDirectory("TEST:MKDIR2", At("d")));
        Assert.NotNull(image);
        Assert.True(_disk.HasCrashed);
    }
}
