using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Writes one run: a sorted stream of entries becomes tables of a bounded size, each published durably when it is full.
/// Nothing refers to them until a checkpoint does; <see cref="Abandon"/> leaves them to be removed. One thread.
/// </summary>
internal sealed class RunWriter(
    IFileSystem fileSystem,
    string directory,
    Func<ulong> nextNumber,
    long tableBytes,
    TableWriterOptions options,
    BlockResidency residency,
    ObsoleteFiles obsolete)
{
    private readonly List<StoredTable> _tables = [];
    private readonly List<StoredTable> _written = [];
    private TableWriter? _open;
    private ulong _openNumber;

    /// <summary>The tables so far, in key order; each is held once for the caller.</summary>
    public StoredTable[] Tables => [.. _tables];

    /// <summary>Bytes of the tables and filters published.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>True when the next entry begins another table, so that the one under way is published first.</summary>
    public bool IsFull => _open is not null && _open.EstimatedFileLength >= tableBytes;

    /// <summary>Adds an entry behind all that were added.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, ulong sequence)
    {
        if (IsFull)
        {
            Cut();
        }

        if (_open is null)
        {
            _openNumber = nextNumber();
            _open = TableWriter.Create(fileSystem, PathOf(_openNumber), options);
        }

        if (isTombstone)
        {
            _open.AddTombstone(key, sequence);
        }
        else
        {
            _open.Add(key, value, sequence);
        }
    }

    /// <summary>Takes an existing table, whose keys are behind all that were added, into the run as it is.</summary>
    public void Adopt(StoredTable table)
    {
        Cut();
        table.AddReference();
        _tables.Add(table);
    }

    /// <summary>
    /// Waits for the disk when it is behind with the table under way, so that the log's sync never waits for more than
    /// a few MiB of it.
    /// </summary>
    public void AwaitWriting() => _open?.AwaitWriting();

    /// <summary>Publishes the table under way, if there is one.</summary>
    public void Cut()
    {
        if (_open is null)
        {
            return;
        }

        TableSummary summary = _open.Publish();
        _open = null;
        var description = new TableDescription
        {
            Number = _openNumber,
            FileLength = summary.FileLength,
            FilterLength = summary.FilterLength,
            Identity = summary.Identity,
            EntryCount = summary.EntryCount,
            TombstoneCount = summary.TombstoneCount,
            DataBytes = summary.DataBytes,
            SmallestKey = summary.SmallestKey,
            LargestKey = summary.LargestKey,
        };
        StoredTable table = StoredTable.Open(
            fileSystem, directory, description, options.FilterBitsPerKey, residency, CancellationToken.None);
        BytesWritten += table.FileBytes;
        _written.Add(table);
        _tables.Add(table);
    }

    /// <summary>Lets go of the tables after others took references on them. The writer ends here.</summary>
    public void Release()
    {
        foreach (StoredTable table in _tables)
        {
            table.RemoveReference();
        }

        _tables.Clear();
        _written.Clear();
    }

    /// <summary>Gives up: closes everything and queues the files written for removal.</summary>
    public void Abandon()
    {
        _open?.Dispose();
        _open = null;
        if (_openNumber != 0)
        {
            // Also when the last one was published: queueing its names twice does no harm.
            obsolete.AddUnpublished(PathOf(_openNumber));
        }

        foreach (StoredTable table in _tables)
        {
            table.RemoveReference();
        }

        foreach (StoredTable table in _written)
        {
            obsolete.AddTable(table);
        }

        _tables.Clear();
        _written.Clear();
    }

    private string PathOf(ulong number) => Path.Combine(directory, TableFiles.TableName(number));
}
