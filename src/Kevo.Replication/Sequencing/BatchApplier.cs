using Kevo.Core;
using Kevo.Storage;
using Kevo.Wire;

namespace Kevo.Replication.Sequencing;

/// <summary>
/// Puts what a stream brings in order and into the store: every transaction once, whole, one after the other. Sequences
/// start at 1; after N comes N + 1. Nothing is durable before <see cref="Sync"/>. One thread at a time; allocates
/// nothing per entry.
/// </summary>
/// <remarks>
/// A response is either applied up to a transaction boundary or, for the parts of a transaction spread over several
/// responses, left open: then <see cref="AtBoundary"/> is false and there is nothing that could be synced until its
/// last part came.
/// </remarks>
public sealed partial class BatchApplier : IDisposable
{
    private readonly IWalApplier _store;
    private readonly PayloadDecoder _decoder;
    private StreamRules _rules = StreamRules.Relay;
    private OverlapCheck? _overlap;
    private ulong _epoch;
    private ulong _open;
    private ulong _split;
    private ulong _highestSeen;
    private bool _unsynced;
    private ulong _begun;

    /// <summary>Continues from what <paramref name="store"/> holds durably.</summary>
    /// <param name="store">The store; this object becomes its only caller.</param>
    /// <param name="decoderOptions">Limits on decompression; null for the default ones.</param>
    public BatchApplier(IWalApplier store, PayloadDecoderOptions? decoderOptions = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _decoder = new PayloadDecoder(decoderOptions);
        Durable = store.Durable;
        _epoch = Math.Max(Durable.Epoch, 1);
        MaxApplied = Durable.Sequence;
        _highestSeen = MaxApplied;
    }

    /// <summary>The last position on stable storage.</summary>
    public LogPosition Durable { get; private set; }

    /// <summary>The epoch that entries are applied in.</summary>
    public ulong Epoch => _epoch;

    /// <summary>The last transaction that was applied whole, durable or not; 0 before the first.</summary>
    public ulong MaxApplied { get; private set; }

    /// <summary>The last sequence that <see cref="MarkAcknowledged"/> was told; 0 before the first.</summary>
    public ulong LastAcknowledged { get; private set; }

    /// <summary>The sequence that has to come next: one above <see cref="MaxApplied"/>.</summary>
    public ulong ExpectedNext => MaxApplied + 1;

    /// <summary>The highest sequence seen, applied or not.</summary>
    public ulong HighestSeen => _highestSeen;

    /// <summary>False while a transaction is in the open batch whose end has not come yet.</summary>
    public bool AtBoundary => _open == 0;

    /// <summary>Whether anything applied is not known to be durable yet.</summary>
    public bool HasUnsynced => _unsynced || SyncIsUnderWay;

    /// <summary>Whether a batch waits for <see cref="EndSync"/>.</summary>
    public bool SyncIsUnderWay => _begun != 0;

    /// <summary>A sequence at which a batch ends whatever its size; 0 for none.</summary>
    public ulong LastOfBatch { get; set; }

    /// <summary>The sequence being waited for because a later one came first; 0 when nothing is missing.</summary>
    public ulong MissingSequence { get; private set; }

    /// <summary>True while the stream still owes the transaction that proves it continues our history.</summary>
    public bool AwaitsOverlap => _overlap is not null;

    /// <summary>Payload bytes applied since a sync was begun last.</summary>
    public long BatchBytes => _batchBytes;

    /// <summary>How long the disk took for the last durable batch; null when the store does not say.</summary>
    public TimeSpan? LastSyncDuration => _store.LastSyncDuration;

    /// <summary>Returns what was counted since this was called last.</summary>
    public ApplyCounts TakeCounts()
    {
        ApplyCounts counts = new(_entries, _bytes, _transactions, _duplicates, _outOfOrder);
        _entries = _bytes = _transactions = _duplicates = _outOfOrder = 0;
        return counts;
    }

    /// <summary>
    /// A stream begins. Whatever was applied and not synced before must have been synced or discarded.
    /// </summary>
    /// <param name="rules">What kind of sender it is.</param>
    /// <param name="overlapHeld">
    /// The entries of the last transaction held, which the stream must bring first; disposed by this object. Null when
    /// they are not at hand.
    /// </param>
    /// <param name="expectOverlap">Whether the stream starts with the last transaction held.</param>
    public void BeginStream(StreamRules rules, IHeldTransaction? overlapHeld, bool expectOverlap)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (_unsynced)
        {
            throw new InvalidOperationException("A stream begins while the batch of the one before is open.");
        }

        EndStream();
        _rules = rules;
        if (expectOverlap && MaxApplied > 0)
        {
            _overlap = new OverlapCheck(new LogPosition(_epoch, MaxApplied), overlapHeld);
        }
        else
        {
            overlapHeld?.Dispose();
        }
    }

    /// <summary>A response without entries came, with nothing waiting before it.</summary>
    /// <exception cref="DivergenceException">
    /// The stream owes the last transaction held, and a sender that has it would have sent it before falling idle.
    /// </exception>
    public void MeetHeartbeat()
    {
        if (_overlap is { Compared: 0 } overlap)
        {
            throw overlap.Missing("it has nothing at or above it");
        }
    }

    /// <summary>The stream is over; what it left unfinished is the caller's to sync or discard.</summary>
    public void EndStream()
    {
        _overlap?.Dispose();
        _overlap = null;
        _split = 0;
        _consumed = 0;
        MissingSequence = 0;
        LastAcknowledged = 0;
        StreamPosition = 0;
        _firstLive = 0;
        _highestLive = 0;
    }

    /// <summary>
    /// Makes sure that an empty store is in <paramref name="epoch"/> before the first transaction. Does nothing when it
    /// is.
    /// </summary>
    /// <exception cref="DivergenceException">The store cannot enter that epoch.</exception>
    /// <exception cref="InvalidOperationException">The store is not empty.</exception>
    public void EnterEpoch(ulong epoch)
    {
        if (MaxApplied > 0)
        {
            throw new InvalidOperationException($"The store holds {Durable}; its epoch cannot be chosen any more.");
        }

        if (_store is IEpochApplier store && Durable.Epoch < epoch)
        {
            store.BeginEpoch(new LogPosition(epoch, 0));
            Durable = store.Durable;
            _epoch = epoch;
        }

        if (_epoch != epoch)
        {
            throw new DivergenceException(
                $"The primary's history is in epoch {epoch}, and this node's store, in epoch {_epoch}, cannot "
                + "enter it.");
        }
    }

    /// <summary>
    /// Makes everything applied durable and visible. Does nothing when nothing was.
    /// </summary>
    /// <returns>The last durable position.</returns>
    /// <exception cref="StorageException">It failed; final when <see cref="StorageFault.SyncFailed"/>.</exception>
    /// <exception cref="InvalidOperationException">The open batch ends inside a transaction.</exception>
    public LogPosition Sync()
    {
        BeginSync(overlapping: false);
        return EndSync();
    }

    /// <summary>
    /// Closes the batch and lets the disk begin with it, so that the next can be applied meanwhile. The batch before is
    /// durable when this returns; this one when <see cref="EndSync"/> or the next sync has, and at once if the store
    /// cannot do otherwise.
    /// </summary>
    /// <returns>The last durable position.</returns>
    /// <exception cref="StorageException">It failed; final when <see cref="StorageFault.SyncFailed"/>.</exception>
    /// <exception cref="InvalidOperationException">The open batch ends inside a transaction.</exception>
    public LogPosition BeginSync()
    {
        BeginSync(overlapping: true);
        return Durable;
    }

    /// <summary>
    /// Gives the batch before a moment to become durable. False when that is not enough; then it is better to go on
    /// with the open one, if there is more to apply.
    /// </summary>
    /// <exception cref="StorageException">It failed; final when <see cref="StorageFault.SyncFailed"/>.</exception>
    public bool TryAwaitSync() => _store.TryAwaitSync();

    /// <summary>Waits for the batch of the last <see cref="BeginSync()"/>; the open one is not touched.</summary>
    /// <returns>The last durable position.</returns>
    /// <exception cref="StorageException">It failed; final when <see cref="StorageFault.SyncFailed"/>.</exception>
    public LogPosition EndSync()
    {
        if (SyncIsUnderWay)
        {
            _store.EndSync();
            TakeDurable(_begun);
        }

        return Durable;
    }

    private void BeginSync(bool overlapping)
    {
        if (!AtBoundary)
        {
            throw new InvalidOperationException($"Transaction {_open} is not complete; it may not be synced.");
        }

        EndSync();
        if (!_unsynced)
        {
            return;
        }

        if (overlapping)
        {
            _store.BeginSync();
        }
        else
        {
            _store.Sync();
        }

        _unsynced = false;
        _batchBytes = 0;
        if (overlapping && _store.Durable == Durable)
        {
            _begun = MaxApplied;
        }
        else
        {
            TakeDurable(MaxApplied);
        }
    }

    private void TakeDurable(ulong sequence)
    {
        _begun = 0;
        LogPosition expected = new(_epoch, sequence);
        if (_store.Durable != expected)
        {
            throw new InvalidOperationException(
                $"The store says {_store.Durable} is durable after a sync of everything up to {expected}.");
        }

        Durable = expected;
    }

    /// <summary>Forgets everything applied since the last sync, in the store too.</summary>
    public void Discard()
    {
        _store.Discard();
        _unsynced = false;
        _begun = 0;
        _batchBytes = 0;
        _open = 0;
        _split = 0;
        _consumed = 0;
        Durable = _store.Durable;
        _epoch = Math.Max(Durable.Epoch, 1);
        MaxApplied = Durable.Sequence;
    }

    /// <summary>Remembers that the primary accepted an acknowledgement.</summary>
    public void MarkAcknowledged(ulong sequence)
    {
        if (sequence > Durable.Sequence)
        {
            throw new InvalidOperationException(
                $"Sequence {sequence} was acknowledged, but only {Durable} is durable.");
        }

        LastAcknowledged = Math.Max(LastAcknowledged, sequence);
    }

    /// <summary>Frees the decoder and what is left of a stream. The store is not touched.</summary>
    public void Dispose()
    {
        EndStream();
        _decoder.Dispose();
    }
}
