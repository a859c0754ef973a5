using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform.Tests;

public sealed class LinuxFileSystemTests : FileSystemContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    protected override IFileSystem Disk => LinuxFileSystem.Instance;

    protected override string Root => _directory.Path;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_full_disk_is_an_error_when_space_is_allocated_and_leaves_no_file()
    {
        using SmallDisk disk = MountOrSkip();
        StorageException full = Assert.Throws<StorageException>(
            () => Disk.CreateMapped("TEST:CREATE", disk.At("large"), 2 << 20).Dispose());
        Assert.Equal(StorageFault.Full, full.Fault);
        Assert.Equal(disk.At("large"), full.Path);
        Assert.False(Disk.FileExists(disk.At("large")));

        // What was allocated can be written to the last byte although nothing is left.
        using IMappedFile fits = Disk.CreateMapped("TEST:CREATE", disk.At("fits"), 512 << 10);
        using IAppendFile rest = Disk.CreateAppend("TEST:CREATE", disk.At("rest"));
        byte[] chunk = new byte[64 << 10];
        full = Assert.Throws<StorageException>(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                rest.Append("TEST:WRITE", chunk);
            }
        });
        Assert.Equal(StorageFault.Full, full.Fault);
        Assert.Equal(0, Disk.AvailableBytes("TEST:ROOM", disk.Path));
        fits.Write(0, 512 << 10).Fill(1);
        fits.Sync("TEST:SYNC", 0, fits.Length);
    }

    [Fact]
    public void A_read_only_file_system_is_told_apart_from_other_errors()
    {
        using SmallDisk disk = MountOrSkip();
        Disk.ReplaceFile("TEST:REPLACE", disk.At("a"), "one"u8);
        disk.MakeReadOnly();
        Action[] calls =
        [
            () => Disk.CreateMapped("TEST:CREATE", disk.At("b"), 4096).Dispose(),
            () => Disk.CreateAppend("TEST:CREATE", disk.At("b")).Dispose(),
            () => Disk.OpenMapped("TEST:OPEN", disk.At("a"), writable: true).Dispose(),
            () => Disk.Rename("TEST:RENAME", disk.At("a"), disk.At("b")),
            () => Disk.Delete("TEST:DELETE", disk.At("a")),
            () => Disk.CreateDirectory("TEST:MKDIR", disk.At("d")),
            () => Disk.LockDirectory("TEST:LOCK", disk.Path).Dispose(),
        ];
        foreach (Action call in calls)
        {
            Assert.Equal(StorageFault.ReadOnly, Assert.Throws<StorageException>(call).Fault);
        }

        Assert.Equal("one"u8.ToArray(), Disk.ReadAllBytes("TEST:READ", disk.At("a"), 10));
    }

    [Fact]
    public void The_space_of_a_mapped_file_is_really_allocated()
    {
        using SmallDisk disk = MountOrSkip();
        long before = Disk.AvailableBytes("TEST:ROOM", disk.Path);
        using IMappedFile file = Disk.CreateMapped("TEST:CREATE", disk.At("a"), 256 << 10);
        Assert.True(before - Disk.AvailableBytes("TEST:ROOM", disk.Path) >= 256 << 10);
    }

    [Fact]
    public void A_lock_excludes_another_process_and_names_it()
    {
        if (!File.Exists("/usr/bin/flock"))
        {
            Assert.Skip("The program flock is not installed.");
        }

        File.WriteAllText(At("LOCK"), "4711");
        string[] arguments = [At("LOCK"), "sh", "-c", "echo locked; cat"];
        using Process holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            Assert.Equal("locked", holder.StandardOutput.ReadLine());
            StorageException refused = Assert.Throws<StorageException>(
                () => Disk.LockDirectory("TEST:LOCK", Root).Dispose());
            Assert.Equal(StorageFault.InUse, refused.Fault);
            Assert.Contains("process 4711", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }

        Disk.LockDirectory("TEST:LOCK", Root).Dispose();
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), File.ReadAllText(At("LOCK")));
    }

    /// <summary>
    /// As a process that is being started has it for a moment: the same open file, with whatever lock is on it.
    /// </summary>
    [Fact]
    public void A_lock_given_back_is_free_although_its_file_is_still_open()
    {
        IDisposable held = Disk.LockDirectory("TEST:LOCK", Root);
        string lockFile = new FileInfo(At("LOCK")).FullName;
        string number = Path.GetFileName(Directory.EnumerateFiles("/proc/self/fd").Single(
            link => new FileInfo(link).LinkTarget == lockFile));
        using var copy = new SafeFileHandle(
            Duplicate(int.Parse(number, CultureInfo.InvariantCulture)), ownsHandle: true);
        Assert.False(copy.IsInvalid);

        held.Dispose();

        Disk.LockDirectory("TEST:LOCK", Root).Dispose();
    }

    [Fact]
    public void Reading_and_syncing_a_mapping_allocates_nothing()
    {
        using IMappedFile file = Disk.CreateMapped("TEST:CREATE", At("a"), 64 << 10);
        Assert.Equal(0, AllocatedBytes.LeastOf(() => Touch(file), times: 10));
    }

    private SmallDisk MountOrSkip()
    {
        SmallDisk? disk = SmallDisk.TryMount(_directory.Path, bytes: 1 << 20);
        Assert.SkipWhen(disk is null, SmallDisk.SkipReason);
        return disk!;
    }

    private static void Touch(IMappedFile file)
    {
        file.Write(5000, 10).Fill(3);
        _ = file.Read(5000, 10).Length + file.ReadToEnd(0).Length;
        file.Sync("TEST:SYNC", 5000, 10);
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor);
}
