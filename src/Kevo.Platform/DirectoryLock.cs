using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Kevo.Core;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>
/// The exclusive right to a directory: an advisory lock (<c>flock</c>) on the file <c>LOCK</c> in it, which the kernel
/// drops when the process ends however it ends. The file stays behind and names the last holder; it means nothing
/// by itself.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    /// <summary>Name of the lock file.</summary>
    internal const string FileName = "LOCK";

    // File systems that emulate flock by per-process locks would let one process lock twice; this set does not.
    private static readonly HashSet<string> HeldHere = new(StringComparer.Ordinal);

    private readonly SafeFileHandle _file;
    private string? _directory;

    private DirectoryLock(string directory, SafeFileHandle file)
    {
        _directory = directory;
        _file = file;
    }

    /// <summary>Takes the lock or fails at once.</summary>
    internal static DirectoryLock Take(string operation, string directory)
    {
        directory = Path.GetFullPath(directory);
        string path = Path.Combine(directory, FileName);
        lock (HeldHere)
        {
            if (HeldHere.Contains(directory))
            {
                throw InUse(operation, directory, "this process");
            }

            SafeFileHandle file = LinuxFileSystem.OpenHandle(
                operation, path, LibC.ReadWrite | LibC.Create | LibC.CloseOnExec);
            bool taken = false;
            try
            {
                Acquire(operation, directory, path, file);
                LinuxFileSystem.SetLengthOf(operation, path, file, 0);
                _ = LinuxFileSystem.WriteAt(operation, path, file, 0, Identity());
                taken = HeldHere.Add(directory);
                return new DirectoryLock(directory, file);
            }
            finally
            {
                if (!taken)
                {
                    file.Dispose();
                }
            }
        }
    }

    public void Dispose()
    {
        lock (HeldHere)
        {
            if (_directory is not null)
            {
                HeldHere.Remove(_directory);
                _directory = null;

                // Not by closing alone: a process that this one starts at the same moment holds the file open, and with
                // it the lock, until it becomes another program. Nothing is lost if the system refuses.
                _ = LibC.Lock(_file, LibC.LockRelease);
                _file.Dispose();
            }
        }
    }

    private static void Acquire(string operation, string directory, string path, SafeFileHandle file)
    {
        while (LibC.Lock(file, LibC.LockExclusive | LibC.LockNonBlocking) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            if (number == SystemErrors.TryAgain)
            {
                throw InUse(operation, directory, HolderOf(operation, path, file));
            }

            if (number != SystemErrors.Interrupted)
            {
                throw SystemErrors.Create(operation, path, "flock", number);
            }
        }
    }

    private static byte[] Identity() =>
        Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    private static string HolderOf(string operation, string path, SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[20];
        int length = LinuxFileSystem.ReadAt(operation, path, file, 0, text);
        return length > 0 ? $"process {Encoding.ASCII.GetString(text[..length])}" : "another process";
    }

    private static StorageException InUse(string operation, string directory, string holder) => new(
        StorageFault.InUse,
        $"{operation}: {directory} is in use by {holder}. Stop that process or choose another directory.",
        directory);
}
