using System.Globalization;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage.Log;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <content>The writer's side: batches into the log, then into the memtable, then visible.</content>
public sealed partial class ReplicaStore
{
    // How long the writer waits for a background step that another thread is in before it looks how far that one got.
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(1);

    // The most the writer spends on background work, or on waiting for it, between two batches, unless memory is used
    // up.
    private static readonly TimeSpan LongestHelp = TimeSpan.FromMilliseconds(20);

    private bool _batchOpen;
    private bool _isSyncing;
    private long _bytesSinceHelp;
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
    public void Sync()
    {
        EndSync();
        if (_batchOpen)
        {
            if (SealBatch(out FrameReader frame) is var bytes and > 0)
            {
                // Inserted before the sync, so that visibility follows durability at once.
                Insert(frame, bytes);
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
                Insert(frame, bytes);
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
        long bytes = _context.Log.OpenFrameBytes;
        frame = bytes > 0 ? _context.Log.Seal() : default;
        return bytes;
    }

    // Until the visible position moves, readers pass these entries over; should the sync fail, it never moves again.
    private void Insert(FrameReader frame, long bytes)
    {
        StoreVersion version = _context.Versions.Current;
        version.Memtables[0].Insert(frame, fromSequence: 0, bytes);
        if (PlantedBugs.Has(PlantedBug.VisibleBeforeDurable))
        {
            version.Visible.Advance(version.Memtables[0].LastSequence);
        }

        _bytesSinceHelp += bytes;
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

    /// <summary>Rotates a full memtable, and helps the background when it has fallen behind.</summary>
    private void KeepPace()
    {
        StoreVersion version = _context.Versions.Current;
        long work = Pacing.WorkFor(_bytesSinceHelp, version.Memtables.Length - 1, version.Runs.Length);
        _bytesSinceHelp = 0;
        if (work > 0)
        {
            Help(work);
        }

        LogMemtable active = version.Memtables[0];
        if (active.IsEmpty || (active.Bytes < _options.MemtableBytes && active.Table.HasRoom))
        {
            return;
        }

        EndSync();

        // Reached only when flushing fails or the disk stands still: then the error, or waiting, is all that is left.
        while (_context.Versions.Current.Memtables.Length >= StoreOptions.MemtablesMax)
        {
            RunStep();
        }

        Rotate();
    }

    /// <summary>
    /// Sees to it that the background gets ahead by an amount of work: by doing it, or by waiting while another thread
    /// does.
    /// </summary>
    private void Help(long work)
    {
        long step = Math.Max(_options.StepBytes / 4, 1);
        long until = _maintenance.Copied + work;
        long started = _context.Time.GetTimestamp();
        while (_maintenance.Copied < until && _context.Time.GetElapsedTime(started) < LongestHelp)
        {
            if (_work.TryEnter(ShortWait) && !HelpOnce(step))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Copies entries on the background's behalf, and leaves the gate; what waits for the disk is not done here. False
    /// when there is nothing to copy.
    /// </summary>
    private bool HelpOnce(long budget)
    {
        try
        {
            return WorkUnderGate(budget, copyOnly: true);
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed)
        {
            // Helping is a favour. BackgroundFailure tells of the error, the background's owner meets it in its own
            // next step, and it becomes the writer's only when memory is used up.
            return false;
        }
        finally
        {
            _work.Exit();
        }
    }

    private void Rotate()
    {
        // Everything in it is visible, since no batch is open or being synced: only such a memtable may be flushed.
        _context.Versions.Rotate(NewMemtable());
        _trimmer.Mark(Visible);
        WorkArose?.Invoke();
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
