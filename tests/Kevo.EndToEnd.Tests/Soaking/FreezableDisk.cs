using System.Diagnostics;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>
/// A real ext4 file system of its own that can be frozen: then every write and every sync on it waits, as on a disk
/// that stalls. Making one takes root.
/// </summary>
internal sealed class FreezableDisk : IDisposable
{
    private readonly string _image;
    private bool _frozen;

    private FreezableDisk(string image, string path)
    {
        _image = image;
        Path = path;
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Makes one below a directory; null where that is not allowed.</summary>
    public static FreezableDisk? TryMake(string parent, long bytes)
    {
        string image = System.IO.Path.Combine(parent, "disk.img");
        string path = System.IO.Path.Combine(parent, "disk");
        Directory.CreateDirectory(path);
        using (FileStream file = File.Create(image))
        {
            file.SetLength(bytes);
        }

        return Environment.IsPrivilegedProcess
            && Run("mkfs.ext4", "-q", image)
            && Run("mount", "-o", "loop", image, path)
            ? new FreezableDisk(image, path)
            : null;
    }

    /// <summary>From now on whoever writes waits.</summary>
    public void Freeze() => _frozen = Run("fsfreeze", "-f", Path);

    /// <summary>Lets everybody go on.</summary>
    public void Thaw()
    {
        if (_frozen)
        {
            Assert.True(Run("fsfreeze", "-u", Path), $"{Path} stays frozen");
            _frozen = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Thaw();
        Run("umount", "-l", Path);
        File.Delete(_image);
    }

    private static bool Run(string program, params string[] words)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo(program, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The program is not installed.
            return false;
        }
    }
}
