using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>A real file system that is full, or may not be written.</summary>
public sealed class LogOnRealDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_full_disk_is_an_error_and_the_log_goes_on_when_there_is_room()
    {
        using SmallDisk disk = MountOrSkip(256 << 10);
        string directory = disk.At("log");
        ulong sequence = 1;
        using (WriteAheadLog log = Open(directory))
        {
            log.BeginEpoch(LogDirectory.Start);
            StorageException full = Assert.Throws<StorageException>(() =>
            {
                for (int frame = 0; frame < 1000; frame++)
                {
                    log.Write(sequence, 100);
                    sequence += 100;
                }
            });
            Assert.Equal(StorageFault.Full, full.Fault);
            Assert.Equal(sequence - 1, log.Durable.Sequence);
            log.Discard();
            disk.Resize(512 << 10);
            log.Write(sequence, 100);
        }

        using WriteAheadLog again = Open(directory);
        Assert.Equal(sequence + 99, again.Durable.Sequence);
        Assert.Equal(Entries.Expected(1, (int)sequence + 99), again.ReadAll(new LogPosition(1, 1)));
    }

    [Fact]
    public void A_read_only_directory_is_an_error_that_names_it()
    {
        using SmallDisk disk = MountOrSkip(256 << 10);
        string directory = disk.At("log");
        Open(directory).Dispose();
        disk.MakeReadOnly();
        StorageException refused = Assert.Throws<StorageException>(() => Open(directory).Dispose());
        Assert.Equal(StorageFault.ReadOnly, refused.Fault);
        Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_where_the_directory_should_be_is_an_error()
    {
        string path = _directory.Combine("log");
        File.WriteAllText(path, "");
        Assert.Throws<StorageException>(() => Open(path).Dispose());
    }

    private static WriteAheadLog Open(string directory) => WriteAheadLog.Open(
        new LogOptions { Directory = directory, SegmentSize = 16 << 10 }, LinuxFileSystem.Instance);

    private SmallDisk MountOrSkip(int bytes)
    {
        SmallDisk? disk = SmallDisk.TryMount(_directory.Path, bytes);
        Assert.SkipWhen(disk is null, SmallDisk.SkipReason);
        return disk!;
    }
}
