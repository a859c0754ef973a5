using System.Diagnostics;
using System.Globalization;

namespace Kevo.Platform.Tests;

/// <summary>A file system of its own, in memory and of a given size; needs root to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    internal string Path { get; }

    internal static SmallDisk MountOrSkip(string parent, int bytes)
    {
        string path = System.IO.Path.Combine(parent, "small-disk");
        Directory.CreateDirectory(path);
        string size = bytes.ToString(CultureInfo.InvariantCulture);
        if (!Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path) != 0)
        {
            Assert.Skip("A file system of limited size cannot be mounted here; that takes root.");
        }

        return new SmallDisk(path);
    }

    internal string At(string name) => System.IO.Path.Combine(Path, name);

    internal void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path));

    public void Dispose() => Assert.Equal(0, Run("umount", "-l", Path));

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
