using System.Diagnostics.CodeAnalysis;
using Kevo.Core;
using Kevo.Replication.Sequencing;
using Kevo.Storage;

namespace Kevo.Replication.Tests.World;

/// <summary>
/// A store that keeps whole payloads in lists, checks the contract of its seam, ends a sync as late as that allows, and
/// survives a "crash" by being asked for its durable part only.
/// </summary>
internal sealed class HistoryStore : IEpochApplier, IHeldHistory
{
    private readonly List<(LogPosition Position, byte[] Payload)> _durable = [];
    private readonly List<(LogPosition Position, byte[] Payload)> _open = [];
    private readonly List<(LogPosition Position, byte[] Payload)> _syncing = [];
    private LogPosition _last;

    public LogPosition Durable { get; private set; }

    public int SyncCount { get; private set; }

    public int DiscardCount { get; private set; }

    /// <summary>Thrown by the next sync, and then by everything.</summary>
    public StorageException? SyncFault { get; set; }

    /// <summary>Thrown by the next apply.</summary>
    public StorageException? ApplyFault { get; set; }

    /// <summary>Called at the end of each sync, with the position it made durable.</summary>
    public Action<LogPosition>? Synced { get; set; }

    /// <summary>Whether the disk takes long for every batch.</summary>
    public bool DiskIsBusy { get; set; }

    public bool TryAwaitSync() => !DiskIsBusy || _syncing.Count == 0;

    public IReadOnlyList<(LogPosition Position, byte[] Payload)> Entries => _durable;

    /// <summary>The sequences of the durable entries, one per operation.</summary>
    public IEnumerable<ulong> Sequences => _durable.Select(entry => entry.Position.Sequence);

    public void Apply(in WalEntry entry)
    {
        if (ApplyFault is { } fault)
        {
            throw fault;
        }

        Assert.True(Durable.Epoch > 0, "An entry was applied before an epoch was begun.");
        ulong last = _open.Count + _syncing.Count > 0 ? _last.Sequence : Durable.Sequence;
        Assert.True(
            entry.Sequence == last + 1 || (_open.Count > 0 && entry.Sequence == last),
            $"Sequence {entry.Sequence} was applied after {last}.");
        _last = new LogPosition(Durable.Epoch, entry.Sequence);
        _open.Add((_last, entry.Payload.ToArray()));
    }

    public void Sync()
    {
        BeginSync();
        EndSync();
    }

    public void BeginSync()
    {
        EndSync();
        _syncing.AddRange(_open);
        _open.Clear();
    }

    public void EndSync()
    {
        if (SyncFault is { } fault)
        {
            throw fault;
        }

        if (_syncing.Count == 0)
        {
            return;
        }

        SyncCount++;
        _durable.AddRange(_syncing);
        Durable = _syncing[^1].Position;
        _syncing.Clear();
        Synced?.Invoke(Durable);
    }

    public void Discard()
    {
        DiscardCount++;
        if (_syncing.Count > 0)
        {
            EndSync();
        }

        _open.Clear();
    }

    public void BeginEpoch(LogPosition start)
    {
        Assert.Empty(_open);
        Assert.Empty(_syncing);
        Assert.True(start.Epoch > Durable.Epoch);
        Durable = start;
    }

    public bool TryOpen(LogPosition position, [NotNullWhen(true)] out IHeldTransaction? transaction)
    {
        List<byte[]> held = [.. _durable.Where(entry => entry.Position == position).Select(entry => entry.Payload)];
        transaction = held.Count == 0 ? null : new Held(held);
        return transaction is not null;
    }

    private sealed class Held(List<byte[]> payloads) : IHeldTransaction
    {
        private int _next;

        public bool TryReadEntry(out WalEntry entry)
        {
            entry = default;
            return _next < payloads.Count && WalEntry.TryParse(payloads[_next++], out entry) == EntryFault.None;
        }

        public void Dispose()
        {
        }
    }
}
