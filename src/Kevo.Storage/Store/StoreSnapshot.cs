using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage.Compaction;
using Kevo.Storage.Memtable;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <summary>
/// A position and the version that holds it. Values are spans into mapped files, which stay mapped until the snapshot
/// is disposed. Lookups allocate nothing.
/// </summary>
internal sealed class StoreSnapshot : ISnapshot
{
    private readonly SnapshotRegistry _registry;
    private readonly StoreVersion _version;
    private volatile bool _expired;
    private int _disposed;

    public StoreSnapshot(SnapshotRegistry registry, StoreVersion version, LogPosition position, long openedAt)
    {
        _registry = registry;
        _version = version;
        Position = position;
        OpenedAt = openedAt;
    }

    /// <inheritdoc/>
    public LogPosition Position { get; }

    /// <summary>The registry's clock when it was opened or renewed; the registry's to change.</summary>
    internal long OpenedAt { get; set; }

    internal bool IsExpired => _expired;

    internal LinkedListNode<StoreSnapshot>? Registration { get; set; }

    /// <inheritdoc/>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        RequireUsable();
        foreach (LogMemtable memtable in _version.Memtables)
        {
            ulong sequence = PlantedBugs.Has(PlantedBug.SnapshotSeesLater) ? ulong.MaxValue : Position.Sequence;
            MemtableHit hit = memtable.Table.TryGet(key, sequence, out value);
            if (hit != MemtableHit.Unknown)
            {
                return hit == MemtableHit.Put;
            }
        }

        return TryGetFromTables(key, out value);
    }

    /// <inheritdoc/>
    public IEntryCursor Scan(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        RequireUsable();

        // Cannot fail: this snapshot holds the version.
        _version.TryAddReference();
        return new SnapshotCursor(this, _version, start, end);
    }

    /// <inheritdoc/>
    public void Renew() => _registry.Renew(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _registry.Close(Registration!);
            _version.RemoveReference();
        }
    }

    internal void Expire() => _expired = true;

    /// <exception cref="StorageException"><see cref="StorageFault.LimitExceeded"/>: it is too old.</exception>
    internal void RequireNotExpired()
    {
        if (_expired)
        {
            throw _registry.TooOld(Position);
        }
    }

    private void RequireUsable()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        RequireNotExpired();
    }

    private bool TryGetFromTables(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_version.Runs.Length == 0)
        {
            return false;
        }

        ulong hash = TableFilter.Hash(key);
        foreach (SortedRun run in _version.Runs)
        {
            TableLookup lookup = run.Get(key, hash, out value);
            if (lookup != TableLookup.Absent)
            {
                return lookup == TableLookup.Found;
            }
        }

        return false;
    }
}
