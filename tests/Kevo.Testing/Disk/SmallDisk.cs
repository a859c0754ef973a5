using System.Diagnostics;
using System.Globalization;

namespace Kevo.Testing.Disk;

/// <summary>A real file system of its own, in memory, of a given size, to be filled up; mounting takes root.</summary>
public sealed class SmallDisk : IDisposable
{
    /// <summary>Why a test that needs one is skipped.</summary>
    public const string SkipReason = "A file system of limited size cannot be mounted here; that takes root.";

    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts one below a directory; null when this process may not.</summary>
    public static SmallDisk? TryMount(string parent, int bytes)
    {
        string path = System.IO.Path.Combine(parent, "small-disk");
        Directory.CreateDirectory(path);
        string size = bytes.ToString(CultureInfo.InvariantCulture);
        return Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path)
            ? new SmallDisk(path)
            : null;
    }

    /// <summary>A path on it.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Changes its size; shrinking below what is used is refused.</summary>
    public void Resize(int bytes) =>
        Remount(string.Create(CultureInfo.InvariantCulture, $"remount,size={bytes}"));

    /// <summary>Refuses every write from now on.</summary>
    public void MakeReadOnly() => Remount("remount,ro");

    /// <inheritdoc/>
    public void Dispose() => Require(Run("umount", "-l", Path));

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private void Remount(string options) => Require(Run("mount", "-o", options, Path));

    private void Require(bool done)
    {
        if (!done)
        {
            throw new InvalidOperationException($"Mounting or unmounting {Path} failed.");
        }
    }
}
