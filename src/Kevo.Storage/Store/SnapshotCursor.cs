using Kevo.Storage.Compaction;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <summary>
/// A scan of a snapshot: the newest version at its position of each key in a range, deleted ones left out. Holds the
/// version itself, so that it stays readable if the snapshot is disposed first.
/// </summary>
internal sealed class SnapshotCursor : IEntryCursor
{
    private readonly StoreSnapshot _snapshot;
    private readonly StoreVersion _version;
    private readonly MergingCursor _merged;
    private readonly byte[] _start;
    private readonly byte[] _end;
    private bool _started;
    private bool _finished;
    private int _disposed;

    /// <summary>Takes over a reference on the version.</summary>
    public SnapshotCursor(
        StoreSnapshot snapshot, StoreVersion version, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        _snapshot = snapshot;
        _version = version;
        _start = start.ToArray();
        _end = end.ToArray();
        List<IOrderedCursor> sources = [];
        foreach (LogMemtable memtable in version.Memtables)
        {
            if (memtable.Table.EntryCount > 0)
            {
                sources.Add(new MemtableEntryCursor(memtable.Table, snapshot.Position.Sequence));
            }
        }

        foreach (SortedRun run in version.Runs)
        {
            sources.Add(new RunCursor(run.Tables, releaseBehind: false));
        }

        _merged = new MergingCursor([.. sources]);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => _merged.Key;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => _merged.Value;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        _snapshot.RequireNotExpired();
        while (!_finished)
        {
            bool moved = _started || _start.Length == 0 ? _merged.MoveNext() : _merged.Seek(_start);
            _started = true;
            if (!moved || (_end.Length > 0 && _merged.Key.SequenceCompareTo(_end) >= 0))
            {
                _finished = true;
            }
            else if (!_merged.IsTombstone)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _finished = true;
            _merged.Dispose();
            _version.RemoveReference();
        }
    }
}
