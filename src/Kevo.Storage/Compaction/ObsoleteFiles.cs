using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Files that no checkpoint mentions any more and that are still to be removed. A removal that fails stays queued; what
/// is left at a crash is removed at the next opening. Owned by whoever runs the background steps.
/// </summary>
internal sealed class ObsoleteFiles(IFileSystem fileSystem)
{
    private readonly Queue<string> _paths = new();

    public bool IsEmpty => _paths.Count == 0;

    /// <summary>Queues one file, which need not exist.</summary>
    public void Add(string path) => _paths.Enqueue(path);

    /// <summary>Queues a published table and its filter.</summary>
    public void AddTable(string tablePath)
    {
        _paths.Enqueue(tablePath);
        _paths.Enqueue(TableFiles.FilterFor(tablePath));
    }

    /// <summary>Queues whatever a writer may have left of a table it did not publish.</summary>
    public void AddUnpublished(string tablePath)
    {
        AddTable(tablePath);
        _paths.Enqueue(tablePath + TableFiles.TemporaryExtension);
        _paths.Enqueue(TableFiles.FilterFor(tablePath) + TableFiles.TemporaryExtension);
    }

    /// <summary>Removes the next file. Mappings of it stay usable.</summary>
    /// <exception cref="Core.StorageException">The disk failed; the file stays queued.</exception>
    public void RemoveNext()
    {
        string path = _paths.Peek();
        if (fileSystem.FileExists(path))
        {
            fileSystem.Delete("STORE:REMOVE", path);
        }

        _paths.Dequeue();
    }
}
