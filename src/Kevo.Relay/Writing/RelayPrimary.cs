using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Log;

namespace Kevo.Relay.Writing;

/// <summary>
/// An embedded primary: gives writes their numbers and makes them durable in a log that a relay serves. Thread-safe;
/// writers that arrive together share one sync. It is the log's only writer but does not own it.
/// </summary>
/// <remarks>
/// A failed write to the log is final, because numbers given after it must not reach the disk without those before: the
/// error is kept and every later call fails with it.
/// </remarks>
public sealed class RelayPrimary : IDisposable
{
    private readonly WriteAheadLog _log;
    private readonly int _flushBytes;

    // Guards the buffer being filled and the number given last. Never held while the disk is used.
    private readonly Lock _filling = new();

    // Held by the one who writes to the log, on behalf of all whose entries are in the buffer it took.
    private readonly Lock _writing = new();
    private ArrayPoolBufferWriter<byte> _pending = new();
    private ArrayPoolBufferWriter<byte> _spare = new();
    private ulong _last;
    private KevoException? _failure;

    /// <summary>Takes over the writing side of a log; an empty log gets its first epoch.</summary>
    /// <param name="log">The log; stays the caller's to dispose, after this.</param>
    /// <param name="flushBytes">
    /// Bytes of unsynced writes after which an enqueuing caller writes them out. Default: 1 MiB.
    /// </param>
    /// <exception cref="StorageException">The first epoch could not be begun.</exception>
    public RelayPrimary(WriteAheadLog log, int flushBytes = 1 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(flushBytes);
        _log = log;
        _flushBytes = flushBytes;
        if (log.Durable.Epoch == 0)
        {
            log.BeginEpoch(new LogPosition(1, 0));
        }

        _last = log.Durable.Sequence;
    }

    /// <summary>The log it writes, for serving.</summary>
    public ILogSource Log => _log;

    /// <summary>The last position on stable storage.</summary>
    public LogPosition Durable => _log.Durable;

    /// <summary>The last number given, durable or not.</summary>
    public ulong LastSequence
    {
        get
        {
            lock (_filling)
            {
                return _last;
            }
        }
    }

    /// <summary>Writes one key; durable when this returns.</summary>
    /// <returns>The write's number.</returns>
    /// <exception cref="ArgumentException">
    /// The key is empty, or key or value is over the limits of replication.
    /// </exception>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        WriteThrough(Fill(Operation.Put, key, value, out _));

    /// <summary>Deletes one key, present or not; durable when this returns.</summary>
    /// <returns>The delete's number.</returns>
    /// <exception cref="ArgumentException">The key is empty or over the limit of replication.</exception>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong Delete(ReadOnlySpan<byte> key) => WriteThrough(Fill(Operation.Delete, key, [], out _));

    /// <summary>Commits operations under one number; durable when this returns.</summary>
    /// <returns>Their number, or 0 for a transaction without operations, which takes none.</returns>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong Commit(PrimaryTransaction transaction)
    {
        ulong number = Fill(transaction, out _);
        return number == 0 ? 0 : WriteThrough(number);
    }

    /// <summary>Writes one key without waiting for the disk; <see cref="Flush"/> makes it durable.</summary>
    /// <returns>The write's number.</returns>
    /// <exception cref="ArgumentException">
    /// The key is empty, or key or value is over the limits of replication.
    /// </exception>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong EnqueuePut(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ulong number = Fill(Operation.Put, key, value, out bool full);
        return full ? WriteThrough(number) : number;
    }

    /// <summary>Deletes one key without waiting for the disk; <see cref="Flush"/> makes it durable.</summary>
    /// <returns>The delete's number.</returns>
    /// <exception cref="ArgumentException">The key is empty or over the limit of replication.</exception>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong EnqueueDelete(ReadOnlySpan<byte> key)
    {
        ulong number = Fill(Operation.Delete, key, [], out bool full);
        return full ? WriteThrough(number) : number;
    }

    /// <summary>Commits operations without waiting for the disk; <see cref="Flush"/> makes them durable.</summary>
    /// <returns>Their number, or 0 for a transaction without operations.</returns>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public ulong Enqueue(PrimaryTransaction transaction)
    {
        ulong number = Fill(transaction, out bool full);
        return full ? WriteThrough(number) : number;
    }

    /// <summary>Makes every write so far durable.</summary>
    /// <exception cref="StorageException">The log could not be written; this primary is finished.</exception>
    public void Flush() => WriteThrough(LastSequence);

    /// <summary>Gives back the buffers. Writes that were enqueued and not flushed are lost.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            lock (_filling)
            {
                _pending.Dispose();
                _spare.Dispose();
            }
        }
    }

    private ulong Fill(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out bool full)
    {
        lock (_filling)
        {
            PendingEntries.Append(_pending, operation, key, value, NextNumber());
            full = _pending.WrittenCount >= _flushBytes;
            return ++_last;
        }
    }

    private ulong Fill(PrimaryTransaction transaction, out bool full)
    {
        full = false;
        if (transaction.Count == 0)
        {
            return 0;
        }

        lock (_filling)
        {
            transaction.CopyTo(_pending, NextNumber());
            full = _pending.WrittenCount >= _flushBytes;
            return ++_last;
        }
    }

    private ulong NextNumber() =>
        _last < EntryLimits.LastSequence
            ? _last + 1
            : throw new InvalidOperationException("The last sequence number there is was given; no write is possible.");

    private ulong WriteThrough(ulong number)
    {
        lock (_writing)
        {
            // Another writer may have taken this entry along while this one waited for the lock.
            if (_log.Durable.Sequence >= number)
            {
                return number;
            }

            if (_failure is not null)
            {
                throw _failure;
            }

            ArrayPoolBufferWriter<byte> batch;
            lock (_filling)
            {
                batch = _pending;
                _pending = _spare;
                _spare = batch;
            }

            try
            {
                Write(batch.WrittenSpan);
            }
            catch (KevoException e)
            {
                _failure = e;
                throw;
            }

            batch.Clear();
            return number;
        }
    }

    private void Write(ReadOnlySpan<byte> entries)
    {
        while (PendingEntries.TryTake(ref entries, out ReadOnlySpan<byte> payload))
        {
            WalEntry entry = WalEntry.FromVerified(payload);
            _log.Append(in entry);
        }

        _log.Sync();
    }
}
