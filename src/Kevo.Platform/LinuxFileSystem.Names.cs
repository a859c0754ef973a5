using System.Runtime.InteropServices;
using Kevo.Core;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <content>Names: directories, renames, links, removal, and the room left.</content>
public sealed partial class LinuxFileSystem
{
    // struct statvfs of 64-bit Linux starts with five 64-bit numbers: block size, fragment size, blocks, free,
    // available.
    private const int StatusLength = 32;
    private const int StatusFragmentSize = 1;
    private const int StatusAvailable = 4;

    /// <inheritdoc/>
    public void Rename(string operation, string source, string target)
    {
        if (LibC.Rename(source, target) != 0)
        {
            SystemErrors.ThrowLast(operation, source, $"rename to {target}");
        }
    }

    /// <inheritdoc/>
    public void Link(string operation, string source, string target)
    {
        if (LibC.Link(source, target) != 0)
        {
            SystemErrors.ThrowLast(operation, source, $"link to {target}");
        }
    }

    /// <inheritdoc/>
    public void Delete(string operation, string path)
    {
        if (LibC.Unlink(path) != 0)
        {
            SystemErrors.ThrowLast(operation, path, "unlink");
        }
    }

    /// <inheritdoc/>
    public bool DeletePart(string operation, string path, long most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        try
        {
            using SafeFileHandle file = OpenHandle(operation, path, LibC.ReadWrite | LibC.CloseOnExec);
            long length = LengthOf(operation, path, file);
            if (length > most && HasOneName(file))
            {
                SetLengthOf(operation, path, file, length - most);
                return false;
            }
        }
        catch (StorageException denied) when (denied.Fault == StorageFault.ReadOnly)
        {
            // To remove a file, its directory's permission is enough.
        }

        Delete(operation, path);
        return true;
    }

    /// <inheritdoc/>
    public void CreateDirectory(string operation, string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(path) is { } parent)
        {
            CreateDirectory(operation, parent);
        }

        if (LibC.MakeDirectory(path, DirectoryMode) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            if (number != SystemErrors.Exists || !Directory.Exists(path))
            {
                throw SystemErrors.Create(operation, path, "mkdir", number);
            }
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string operation, string path)
    {
        using SafeFileHandle directory = OpenHandle(operation, path, LibC.ReadOnly | LibC.CloseOnExec);
        while (LibC.SyncAll(directory) != 0)
        {
            if (Marshal.GetLastPInvokeError() == SystemErrors.InvalidArgument)
            {
                // This file system has no such call for directories: names are durable when made, or never.
                return;
            }

            if (!SystemErrors.WasInterrupted())
            {
                throw SystemErrors.SyncFailed(operation, path, "fsync");
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string operation, string directory) =>
        List(operation, directory, Directory.GetFiles);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string operation, string directory) =>
        List(operation, directory, Directory.GetDirectories);

    /// <inheritdoc/>
    public unsafe long AvailableBytes(string operation, string path)
    {
        ulong* status = stackalloc ulong[StatusLength];
        if (LibC.FileSystemStatus(path, status) != 0)
        {
            SystemErrors.ThrowLast(operation, path, "statvfs");
        }

        return (long)Math.Min(long.MaxValue, status[StatusFragmentSize] * status[StatusAvailable]);
    }

    private static string[] List(string operation, string directory, Func<string, string[]> list)
    {
        try
        {
            string[] names = list(directory);
            for (int i = 0; i < names.Length; i++)
            {
                names[i] = Path.GetFileName(names[i]);
            }

            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException absent)
        {
            throw new StorageException(
                StorageFault.NotFound,
                $"{operation}: there is no directory {directory}. Check the path.",
                directory,
                absent);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StorageException(
                StorageFault.ReadOnly,
                $"{operation}: {directory} may not be listed by this user. Give it read permission.",
                directory,
                denied);
        }
        catch (IOException failed)
        {
            throw new StorageException(
                StorageFault.InputOutput,
                $"{operation}: {directory} cannot be listed: {failed.Message}. Check the disk and the kernel log.",
                directory,
                failed);
        }
    }
}
