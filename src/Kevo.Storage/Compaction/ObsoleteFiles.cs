using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Files that no checkpoint mentions any more and that are still to be removed. A removal that fails stays queued; what
/// is left at a crash is removed at the next opening. Owned by whoever runs the background steps.
/// </summary>
/// <param name="fileSystem">Where they are.</param>
/// <param name="partBytes">
/// The most that is given back to the disk at once; by default what one took 2 ms to discard, so that the log's sync
/// waits no longer for it.
/// </param>
internal sealed class ObsoleteFiles(IFileSystem fileSystem, long partBytes = 4 << 20)
{
    private readonly Queue<(string Path, StoredTable? Table)> _files = new();

    public bool IsEmpty => _files.Count == 0;

    /// <summary>Queues one file, which need not exist and which nobody has open.</summary>
    public void Add(string path) => _files.Enqueue((path, null));

    /// <summary>Queues a published table and its filter; readers may still use both.</summary>
    public void AddTable(StoredTable table)
    {
        _files.Enqueue((table.Path, table));
        _files.Enqueue((TableFiles.FilterFor(table.Path), table));
    }

    /// <summary>Queues whatever a writer may have left of a table it did not publish.</summary>
    public void AddUnpublished(string tablePath)
    {
        Add(tablePath);
        Add(TableFiles.FilterFor(tablePath));
        Add(tablePath + TableFiles.TemporaryExtension);
        Add(TableFiles.FilterFor(tablePath) + TableFiles.TemporaryExtension);
    }

    /// <summary>
    /// Removes the next file, or a part of it. Of a table that is still read only the name goes; its last reader takes
    /// the rest away.
    /// </summary>
    /// <exception cref="Core.StorageException">The disk failed; the file stays queued.</exception>
    public void RemoveNext()
    {
        (string path, StoredTable? table) = _files.Peek();
        if (fileSystem.FileExists(path))
        {
            if (table is { IsClosed: false })
            {
                fileSystem.Delete("STORE:REMOVE", path);
            }
            else if (!fileSystem.DeletePart("STORE:REMOVE", path, partBytes))
            {
                return;
            }
        }

        _files.Dequeue();
    }
}
