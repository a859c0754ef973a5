using Kevo.Core;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>The file system of this machine, by the calls of Linux. Thread-safe; holds no state.</summary>
public sealed partial class LinuxFileSystem : IFileSystem
{
    // Owner reads and writes, others read; the umask narrows it.
    private const uint FileMode = 0b110_100_100;
    private const uint DirectoryMode = 0b111_101_101;

    /// <summary>The one instance that is ever needed.</summary>
    public static LinuxFileSystem Instance { get; } = new();

    /// <inheritdoc/>
    public void StartBehind(DiskTask task) => task.Start();

    /// <inheritdoc/>
    public IMappedFile CreateMapped(string operation, string path, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        SafeFileHandle file = OpenHandle(
            operation, path, LibC.ReadWrite | LibC.Create | LibC.Exclusive | LibC.CloseOnExec);
        return MapAllocated(operation, path, file, length);
    }

    /// <inheritdoc/>
    public IMappedFile RecycleMapped(string operation, string path, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        SafeFileHandle file = OpenHandle(operation, path, LibC.ReadWrite | LibC.CloseOnExec);
        if (HasOneName(file))
        {
            return MapAllocated(operation, path, file, length);
        }

        file.Dispose();
        Delete(operation, path);
        return CreateMapped(operation, path, length);
    }

    /// <inheritdoc/>
    public IMappedFile OpenMapped(string operation, string path, bool writable)
    {
        SafeFileHandle file = OpenHandle(
            operation, path, (writable ? LibC.ReadWrite : LibC.ReadOnly) | LibC.CloseOnExec);
        MappedFile? mapped = null;
        try
        {
            return mapped = new MappedFile(operation, path, file, LengthOf(operation, path, file), writable);
        }
        finally
        {
            if (mapped is null)
            {
                file.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public IAppendFile CreateAppend(string operation, string path) => new AppendFile(
        path, OpenHandle(operation, path, LibC.WriteOnly | LibC.Create | LibC.Exclusive | LibC.CloseOnExec));

    /// <inheritdoc/>
    public IRandomReadFile OpenRead(string operation, string path) =>
        new RandomReadFile(path, OpenHandle(operation, path, LibC.ReadOnly | LibC.CloseOnExec));

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string operation, string path, int maxLength)
    {
        using IRandomReadFile file = OpenRead(operation, path);
        long length = file.Length;
        if (length > maxLength)
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                $"{operation}: {path} has {length} bytes, more than the {maxLength} expected at most. Check which file "
                + "it is.",
                path);
        }

        byte[] content = new byte[length];
        int read = file.Read(operation, 0, content);
        return read == content.Length ? content : content[..read];
    }

    /// <inheritdoc/>
    public void ReplaceFile(string operation, string path, ReadOnlySpan<byte> content) =>
        FileReplacement.Run(this, operation, path, content);

    /// <inheritdoc/>
    public void Truncate(string operation, string path, long length)
    {
        using SafeFileHandle file = OpenHandle(operation, path, LibC.ReadWrite | LibC.CloseOnExec);
        SetLengthOf(operation, path, file, length);
        SyncHandle(operation, path, file);
    }

    /// <inheritdoc/>
    public void SyncFile(string operation, string path)
    {
        using SafeFileHandle file = OpenHandle(operation, path, LibC.ReadOnly | LibC.CloseOnExec);
        SyncHandle(operation, path, file);
    }

    /// <inheritdoc/>
    public IDisposable LockDirectory(string operation, string path) => DirectoryLock.Take(operation, path);

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public long FileLength(string operation, string path)
    {
        using SafeFileHandle file = OpenHandle(operation, path, LibC.ReadOnly | LibC.CloseOnExec);
        return LengthOf(operation, path, file);
    }
}
