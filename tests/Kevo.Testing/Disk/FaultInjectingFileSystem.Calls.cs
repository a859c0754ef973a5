using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <content>The calls let through.</content>
public sealed partial class FaultInjectingFileSystem
{
    /// <inheritdoc/>
    public void StartBehind(DiskTask task) => task.Hold(IsBusy);

    /// <inheritdoc/>
    public IMappedFile CreateMapped(string operation, string path, long length) =>
        Run(operation, path, () => new FaultInjectingMappedFile(this, inner.CreateMapped(operation, path, length)));

    /// <inheritdoc/>
    public IMappedFile RecycleMapped(string operation, string path, long length) =>
        Run(operation, path, () => new FaultInjectingMappedFile(this, inner.RecycleMapped(operation, path, length)));

    /// <inheritdoc/>
    public IMappedFile OpenMapped(string operation, string path, bool writable) =>
        Run(operation, path, () => new FaultInjectingMappedFile(this, inner.OpenMapped(operation, path, writable)));

    /// <inheritdoc/>
    public IAppendFile CreateAppend(string operation, string path) =>
        Run(operation, path, () => new FaultInjectingAppendFile(this, inner.CreateAppend(operation, path)));

    /// <inheritdoc/>
    public IRandomReadFile OpenRead(string operation, string path) =>
        Run(operation, path, () => new FaultInjectingReadFile(this, inner.OpenRead(operation, path)));

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string operation, string path, int maxLength) =>
        Run(operation, path, () => inner.ReadAllBytes(operation, path, maxLength));

    /// <inheritdoc/>
    public void ReplaceFile(string operation, string path, ReadOnlySpan<byte> content) =>
        FileReplacement.Run(this, operation, path, content);

    /// <inheritdoc/>
    public void Truncate(string operation, string path, long length) =>
        Run(operation, path, () => inner.Truncate(operation, path, length));

    /// <inheritdoc/>
    public void SyncFile(string operation, string path) =>
        Run(operation, path, () => inner.SyncFile(operation, path), isSync: true);

    /// <inheritdoc/>
    public void Rename(string operation, string source, string target) =>
        Run(operation, source, () => inner.Rename(operation, source, target));

    /// <inheritdoc/>
    public void Link(string operation, string source, string target) =>
        Run(operation, source, () => inner.Link(operation, source, target));

    /// <inheritdoc/>
    public void Delete(string operation, string path) => Run(operation, path, () => inner.Delete(operation, path));

    /// <inheritdoc/>
    public bool DeletePart(string operation, string path, long most) =>
        Run(operation, path, () => inner.DeletePart(operation, path, most));

    /// <inheritdoc/>
    public void CreateDirectory(string operation, string path) =>
        Run(operation, path, () => inner.CreateDirectory(operation, path));

    /// <inheritdoc/>
    public void SyncDirectory(string operation, string path) =>
        Run(operation, path, () => inner.SyncDirectory(operation, path), isSync: true);

    /// <inheritdoc/>
    public IDisposable LockDirectory(string operation, string path) =>
        Run(operation, path, () => inner.LockDirectory(operation, path));

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        RequireAlive();
        return inner.FileExists(path);
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        RequireAlive();
        return inner.DirectoryExists(path);
    }

    /// <inheritdoc/>
    public long FileLength(string operation, string path) =>
        Run(operation, path, () => inner.FileLength(operation, path));

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string operation, string directory) =>
        Run(operation, directory, () => inner.ListFiles(operation, directory));

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string operation, string directory) =>
        Run(operation, directory, () => inner.ListDirectories(operation, directory));

    /// <inheritdoc/>
    public long AvailableBytes(string operation, string path) =>
        Run(operation, path, () => inner.AvailableBytes(operation, path));
}
