using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <content>The calls.</content>
public sealed partial class SimulatedFileSystem
{
    /// <inheritdoc/>
    public void StartBehind(DiskTask task) => task.Hold(IsBusy);

    /// <inheritdoc/>
    public IMappedFile CreateMapped(string operation, string path, long length)
    {
        lock (_gate)
        {
            if (length > FreeBytes())
            {
                throw Error(StorageFault.Full, operation, path, "no space is left");
            }

            SimulatedFile file = Create(operation, path);
            file.SetLength((int)length);
            return new SimulatedMappedFile(this, file, path, writable: true);
        }
    }

    /// <inheritdoc/>
    public IMappedFile RecycleMapped(string operation, string path, long length)
    {
        lock (_gate)
        {
            SimulatedFile file = Find(operation, path);
            if (length - file.Length > FreeBytes())
            {
                throw Error(StorageFault.Full, operation, path, "no space is left");
            }

            if (HasOtherNames(file))
            {
                Delete(operation, path);
                return CreateMapped(operation, path, length);
            }

            file.SetLength((int)length);
            return new SimulatedMappedFile(this, file, path, writable: true);
        }
    }

    /// <inheritdoc/>
    public IMappedFile OpenMapped(string operation, string path, bool writable)
    {
        lock (_gate)
        {
            return new SimulatedMappedFile(this, Find(operation, path), path, writable);
        }
    }

    /// <inheritdoc/>
    public IAppendFile CreateAppend(string operation, string path)
    {
        lock (_gate)
        {
            return new SimulatedAppendFile(this, Create(operation, path), path);
        }
    }

    /// <inheritdoc/>
    public IRandomReadFile OpenRead(string operation, string path)
    {
        lock (_gate)
        {
            return new SimulatedReadFile(this, Find(operation, path), path);
        }
    }

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string operation, string path, int maxLength)
    {
        using IRandomReadFile file = OpenRead(operation, path);
        if (file.Length > maxLength)
        {
            throw Error(StorageFault.LimitExceeded, operation, path, $"more than {maxLength} bytes");
        }

        byte[] content = new byte[file.Length];
        _ = file.Read(operation, 0, content);
        return content;
    }

    /// <inheritdoc/>
    public void ReplaceFile(string operation, string path, ReadOnlySpan<byte> content) =>
        FileReplacement.Run(this, operation, path, content);

    /// <inheritdoc/>
    public void Truncate(string operation, string path, long length)
    {
        lock (_gate)
        {
            SimulatedFile file = Find(operation, path);
            if (length - file.Length > FreeBytes())
            {
                throw Error(StorageFault.Full, operation, path, "no space is left");
            }

            file.SetLength((int)length);
            file.Sync(0, length);
        }
    }

    /// <inheritdoc/>
    public void SyncFile(string operation, string path)
    {
        lock (_gate)
        {
            SimulatedFile file = Find(operation, path);
            file.Sync(0, file.Length);
        }
    }

    /// <inheritdoc/>
    public void Rename(string operation, string source, string target)
    {
        lock (_gate)
        {
            RequireParent(operation, Normal(target));
            if (DirectoryExists(source))
            {
                RenameDirectory(Normal(source), Normal(target));
                return;
            }

            SimulatedFile file = Find(operation, source);
            Change((Normal(source), null), (Normal(target), file));
        }
    }

    /// <inheritdoc/>
    public void Link(string operation, string source, string target)
    {
        lock (_gate)
        {
            SimulatedFile file = Find(operation, source);
            if (_names.ContainsKey(Normal(target)))
            {
                throw Error(StorageFault.InputOutput, operation, target, "exists already");
            }

            RequireParent(operation, Normal(target));
            Change((Normal(target), file));
        }
    }

    /// <inheritdoc/>
    public void Delete(string operation, string path)
    {
        lock (_gate)
        {
            _ = Find(operation, path);
            Change((Normal(path), null));
        }
    }

    /// <inheritdoc/>
    public bool DeletePart(string operation, string path, long most)
    {
        lock (_gate)
        {
            SimulatedFile file = Find(operation, path);
            if (file.Length > most && !HasOtherNames(file))
            {
                file.SetLength((int)(file.Length - most));
                return false;
            }

            Delete(operation, path);
            return true;
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string operation, string path)
    {
        lock (_gate)
        {
            path = Normal(path);
            if (_names.TryGetValue(path, out object? existing))
            {
                if (existing != DirectoryMarker)
                {
                    throw Error(StorageFault.InputOutput, operation, path, "is a file");
                }

                return;
            }

            CreateDirectory(operation, Path.GetDirectoryName(path)!);
            Change((path, DirectoryMarker));
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string operation, string path)
    {
        lock (_gate)
        {
            path = Normal(path);
            if (!DirectoryExists(path))
            {
                throw Error(StorageFault.NotFound, operation, path, "no such directory");
            }

            foreach (NameChange change in _unsynced.Where(change => change.Touches(path)))
            {
                change.ApplyTo(_stableNames);
            }

            _unsynced.RemoveAll(change => change.Touches(path));
        }
    }

    /// <inheritdoc/>
    public IDisposable LockDirectory(string operation, string path)
    {
        lock (_gate)
        {
            path = Normal(path);
            RequireParent(operation, Path.Combine(path, "LOCK"));
            return _locks.Add(path)
                ? new SimulatedLock(this, path)
                : throw Error(StorageFault.InUse, operation, path, "is in use");
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
        {
            return _names.GetValueOrDefault(Normal(path)) is SimulatedFile;
        }
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        lock (_gate)
        {
            return _names.GetValueOrDefault(Normal(path)) == DirectoryMarker;
        }
    }

    /// <inheritdoc/>
    public long FileLength(string operation, string path)
    {
        lock (_gate)
        {
            return Find(operation, path).Length;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string operation, string directory) =>
        List(operation, directory, static target => target is SimulatedFile);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string operation, string directory) =>
        List(operation, directory, static target => target == DirectoryMarker);

    /// <inheritdoc/>
    public long AvailableBytes(string operation, string path) => Math.Max(0, FreeBytes());

    internal void Unlock(string path, int generation)
    {
        lock (_gate)
        {
            if (generation == Generation)
            {
                _locks.Remove(path);
            }
        }
    }

    // With all that is in it, as one change.
    private void RenameDirectory(string source, string target)
    {
        string prefix = source + "/";
        var edits = new List<(string, object?)>();
        foreach ((string path, object named) in _names)
        {
            if (path == source || path.StartsWith(prefix, StringComparison.Ordinal))
            {
                edits.Add((path, null));
                edits.Add((target + path[source.Length..], named));
            }
        }

        Change([.. edits]);
    }

    private string[] List(string operation, string directory, Func<object, bool> wanted)
    {
        lock (_gate)
        {
            string parent = Normal(directory);
            return DirectoryExists(parent)
                ? [.. _names
                    .Where(name => wanted(name.Value) && Path.GetDirectoryName(name.Key) == parent)
                    .Select(static name => Path.GetFileName(name.Key))
                    .Order(StringComparer.Ordinal)]
                : throw Error(StorageFault.NotFound, operation, directory, "no such directory");
        }
    }
}
