using System.Globalization;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage.Log;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <content>The writer's side: batches into the log, then into the memtable, then visible.</content>
public sealed partial class ReplicaStore
{
    private bool _batchOpen;
    private bool _isSyncing;
    private FramePlace _toInsert;
    private int _entriesWhenAsked;
    private LogPosition? _unfinishedEpoch;

    /// <inheritdoc/>
    public TimeSpan? LastSyncDuration => _context.Log.LastSyncDuration;

    /// <inheritdoc/>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.LimitExceeded"/>: the key is longer than a table can hold; or the disk failed. The open
    /// batch is lost: <see cref="Discard"/> it. Durable data is not affected.
    /// </exception>
    public void Apply(in WalEntry entry)
    {
        if (!_batchOpen)
        {
            BeginBatch();
        }

        if (entry.Key.Length > TableLimits.MaxKeyLength)
        {
            ThrowKeyTooLong(entry);
        }

        _context.Log.Append(entry);
    }

    /// <inheritdoc/>
    public bool TryAwaitSync()
    {
        RequireWritable();
        long open = _context.Log.OpenFrameBytes;
        long limit = _options.GrownBatchBytes;
        if (open >= limit)
        {
            return true;
        }

        // What a large batch left over is inserted faster than the next batch comes in.
        int entries = _context.Log.OpenFrameEntries;
        InsertRest(Math.Max(_options.InsertAtOnce, 2 * (entries - _entriesWhenAsked)));
        _entriesWhenAsked = entries;
        if (_toInsert.EntriesLeft > 0)
        {
            return false;
        }

        bool isReady = _context.Log.TryAwaitSync(Pacing.PatienceFor(open, limit));
        if (_isSyncing && !_context.Log.IsSyncing)
        {
            EndSync();
        }

        return isReady;
    }

    /// <inheritdoc/>
    public void Sync()
    {
        EndSync();
        if (_batchOpen)
        {
            if (SealBatch(out FrameReader frame) is var bytes and > 0)
            {
                // Inserted before the sync, so that visibility follows durability at once.
                Insert(frame, bytes, int.MaxValue);
                _context.Log.Sync();
                Publish();
            }

            _batchOpen = false;
        }
    }

    /// <inheritdoc/>
    public void BeginSync()
    {
        EndSync();
        if (_batchOpen)
        {
            if (SealBatch(out FrameReader frame) is var bytes and > 0)
            {
                _context.Log.BeginSync();
                _isSyncing = true;
                Insert(frame, bytes, _options.InsertAtOnce);
            }

            _batchOpen = false;
        }
    }

    /// <inheritdoc/>
    public void EndSync()
    {
        RequireWritable();
        if (_isSyncing)
        {
            InsertRest(int.MaxValue);
            _isSyncing = false;
            _context.Log.EndSync();
            Publish();
        }
    }

    /// <inheritdoc/>
    public void Discard()
    {
        if (_isSyncing)
        {
            EndSync();
        }

        _context.Log.Discard();
        _batchOpen = false;
    }

    // The bytes of the batch's frame; 0 when nothing is in it.
    private long SealBatch(out FrameReader frame)
    {
        _entriesWhenAsked = 0;
        long bytes = _context.Log.OpenFrameBytes;
        frame = bytes > 0 ? _context.Log.Seal() : default;
        return bytes;
    }

    // Until the visible position moves, readers pass these entries over; should the sync fail, it never moves again.
    private void Insert(FrameReader frame, long bytes, int atMost)
    {
        // The batches before are durable and visible, and nothing of this one is in it yet.
        RotateIfFull();
        _bytesSinceHelp += bytes;
        StoreVersion version = _context.Versions.Current;
        LogMemtable memtable = version.Memtables[0];
        memtable.Expect(bytes);
        memtable.Insert(ref frame, fromSequence: 0, atMost);
        _toInsert = frame.Place;
        if (PlantedBugs.Has(PlantedBug.VisibleBeforeDurable))
        {
            version.Visible.Advance(memtable.LastSequence);
        }
    }

    // The frame is read from its segment, because the memory it was put together in has the next one.
    private void InsertRest(int atMost)
    {
        if (_toInsert.EntriesLeft > 0)
        {
            FrameReader frame = _context.Log.ReadBegun(_toInsert);
            _context.Versions.Current.Memtables[0].Insert(ref frame, fromSequence: 0, atMost);
            _toInsert = frame.Place;
        }
    }

    private void Publish()
    {
        StoreVersion version = _context.Versions.Current;
        version.Visible.Advance(_context.Log.Durable.Sequence);
        _waiters.Advance(version.Visible.Position);
    }

    private void BeginBatch()
    {
        RequireWritable();
        if (_unfinishedEpoch is { } start)
        {
            throw new InvalidOperationException($"The epoch at {start} is half begun; begin it again first.");
        }

        KeepPace();
        _batchOpen = true;
    }

    private void RequireWritable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Failure is { } failure)
        {
            throw Failed(failure);
        }
    }

    /// <summary>A memtable with no reference but the one its version will take.</summary>
    private LogMemtable NewMemtable() => new(_context.Log, _pools);

    private void ThrowKeyTooLong(in WalEntry entry) => throw new StorageException(
        StorageFault.LimitExceeded,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The key of sequence {entry.Sequence} has {entry.Key.Length} bytes; tables hold keys of up to "
            + $"{TableLimits.MaxKeyLength}. "
            + $"No stock client can write or read such a key; delete it on the primary."),
        _options.Directory);

    private static StorageException Failed(StorageException cause) => new(
        StorageFault.SyncFailed,
        $"The store stopped because a sync failed: {cause.Message} Nothing is accepted until the process has ended and "
        + "recovery has decided from the bytes on disk.",
        cause.Path,
        cause);
}
