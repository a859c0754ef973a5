using System.Diagnostics;

namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>A small file system in memory, for full and read-only disks; mounting needs root.</summary>
internal sealed class MountedDisk : IDisposable
{
    private MountedDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts it, or skips the test where that is not allowed.</summary>
    public static MountedDisk MountOrSkip(string path, string size)
    {
        Directory.CreateDirectory(path);
        if (!Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path) != 0)
        {
            Assert.Skip("A small file system cannot be mounted here; that takes root.");
        }

        return new MountedDisk(path);
    }

    /// <summary>From now on nothing can be written.</summary>
    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path));

    /// <summary>Gives it another size.</summary>
    public void Resize(string size) => Assert.Equal(0, Run("mount", "-o", $"remount,size={size}", Path));

    /// <inheritdoc/>
    public void Dispose() => Run("umount", "-l", Path);

    private static int Run(string program, params string[] words)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
