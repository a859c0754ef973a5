using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// An open table with its filter. Counts who uses it: the mapping goes with the last user, whether or not the file
/// still has a name. Immutable; thread-safe.
/// </summary>
internal sealed class StoredTable
{
    private readonly TableFilter? _filter;
    private int _references = 1;

    private StoredTable(TableDescription description, string path, TableReader reader, TableFilter? filter)
    {
        Description = description;
        Path = path;
        Reader = reader;
        _filter = filter;
    }

    public TableDescription Description { get; }

    public string Path { get; }

    public TableReader Reader { get; }

    /// <summary>Whether lookups of absent keys are cheap.</summary>
    public bool HasFilter => _filter is not null;

    /// <summary>Bytes of the table and its filter on disk.</summary>
    public long FileBytes => Description.FileLength + Description.FilterLength;

    /// <summary>
    /// Opens a table that a checkpoint or a writer describes. A missing or damaged filter is made anew, since it can
    /// only cost time, never answers.
    /// </summary>
    /// <param name="fileSystem">Where it is.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="description">What it must be.</param>
    /// <param name="filterBitsPerKey">Size of a filter made anew; 0 for none.</param>
    /// <param name="residency">Bounds the memory of the store's tables.</param>
    /// <param name="cancellationToken">Ends the making of a filter.</param>
    /// <exception cref="StorageException">
    /// It is missing, corrupt, or not the table described; the message names it.
    /// </exception>
    public static StoredTable Open(
        IFileSystem fileSystem,
        string directory,
        TableDescription description,
        int filterBitsPerKey,
        BlockResidency residency,
        CancellationToken cancellationToken)
    {
        string path = System.IO.Path.Combine(directory, TableFiles.TableName(description.Number));
        if (!fileSystem.FileExists(path))
        {
            throw Mismatch(path, "the checkpoint lists it, but it does not exist");
        }

        TableReader reader = TableReader.Open(fileSystem, path, residency);
        StoredTable? opened = null;
        try
        {
            if (reader.Identity != description.Identity || reader.FileLength != description.FileLength)
            {
                throw Mismatch(path, string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has {reader.FileLength} bytes and identity {reader.Identity:x16}, the checkpoint expects "
                    + $"{description.FileLength} bytes and {description.Identity:x16}"));
            }

            TableFilter? filter = filterBitsPerKey == 0
                ? null
                : OpenFilter(fileSystem, path, reader, filterBitsPerKey, cancellationToken);
            opened = new StoredTable(description, path, reader, filter);
            return opened;
        }
        finally
        {
            if (opened is null)
            {
                reader.Dispose();
            }
        }
    }

    /// <summary>Whether its last user is gone, and with it the mapping.</summary>
    public bool IsClosed => Volatile.Read(ref _references) == 0;

    /// <summary>Looks a key up; <paramref name="hash"/> is its <see cref="TableFilter.Hash"/>.</summary>
    public TableLookup Get(ReadOnlySpan<byte> key, ulong hash, out ReadOnlySpan<byte> value)
    {
        if (_filter is not null && !_filter.MayContain(hash))
        {
            value = default;
            return TableLookup.Absent;
        }

        return Reader.Get(key, out value, out _);
    }

    /// <summary>False when the table surely does not hold the key; without a filter always true.</summary>
    public bool MayContain(ulong hash) => _filter is null || _filter.MayContain(hash);

    /// <summary>Adds a user. The caller is one, or holds a version that is.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Takes a user away; the last one closes the files.</summary>
    public void RemoveReference()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Reader.Dispose();
            _filter?.Dispose();
        }
    }

    private static TableFilter? OpenFilter(
        IFileSystem fileSystem, string path, TableReader reader, int bitsPerKey, CancellationToken cancellationToken)
    {
        string filterPath = TableFiles.FilterFor(path);
        try
        {
            return TableFilter.Open(fileSystem, filterPath, reader.Identity);
        }
        catch (StorageException error) when (error.Fault is StorageFault.NotFound)
        {
            // Fall through: it is made anew.
        }
        catch (StorageException error) when (error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            fileSystem.Delete("FILTER:DISCARD", filterPath);
        }

        TableFilterBuilder.Rebuild(fileSystem, reader, bitsPerKey, cancellationToken);
        return TableFilter.Open(fileSystem, filterPath, reader.Identity);
    }

    private static StorageException Mismatch(string path, string reason) => new(
        StorageFault.Corrupt,
        $"Table {path} is not the one the checkpoint knows: {reason}. Restore the whole directory from a copy, or "
        + "resynchronise this node from its primary into an empty one.",
        path);
}
