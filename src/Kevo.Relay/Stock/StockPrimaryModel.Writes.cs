using System.Globalization;
using Grpc.Core;
using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Stock;

/// <content>Writes: numbering, live messages, what a refused batch leaves behind, and when the log rotates.</content>
public sealed partial class StockPrimaryModel
{
    /// <summary>Bytes of a record beside key and value of a put.</summary>
    private const int PutOverhead = 17;

    /// <summary>Writes one key.</summary>
    /// <returns>Its number, or null when the call hangs.</returns>
    public ulong? Put(byte[] key, byte[] value) => WriteOne(Operation.Put, key, value);

    /// <summary>Deletes one key; one that never existed takes a number as well.</summary>
    /// <returns>Its number, or null when the call hangs.</returns>
    public ulong? Delete(byte[] key) => WriteOne(Operation.Delete, key, []);

    /// <summary>
    /// Commits a batch or transaction under one number: sorted by key, the last operation on a key counts.
    /// </summary>
    /// <returns>Its number, 0 for an empty batch (which takes none), or null when the call hangs.</returns>
    /// <exception cref="RpcException">
    /// UNKNOWN, an operation is larger than a log record; the operations before it stay in the log.
    /// </exception>
    public ulong? Commit(IReadOnlyList<StockOperation> operations)
    {
        if (operations.Count == 0)
        {
            return IsFrozen ? null : 0;
        }

        if (!TryBeginWrite())
        {
            return null;
        }

        SortedDictionary<byte[], StockOperation> sorted = Collapse(operations);
        RefuseOversized(sorted);
        bool full = MemtableIsDue();
        ulong number = _storageNext++;
        long bytes = 0;
        ulong index = 0;
        foreach (StockOperation operation in sorted.Values)
        {
            StockEntry entry = StockEntry.Create(operation.Operation, number, operation.Key, operation.Value);
            _wal.Current.Append(entry);
            bytes += entry.FileBytes;
            InsertVersion(operation, _options.Has(StockQuirks.BatchVersionsOverlap) ? number + index : number);
            index++;
            if (!_options.Has(StockQuirks.BatchesAreNotBroadcast) && ReplicationSeesWrites)
            {
                Broadcast(entry);
            }
        }

        FinishWrite(number, bytes, full);
        return number;
    }

    /// <summary>The Compact call: with force, a transaction that writes a marker key like any other.</summary>
    /// <returns>The marker's number, 0 without force, or null when the call hangs.</returns>
    public ulong? Compact(bool force) =>
        force
            ? Commit([StockOperation.Put("__compact_marker__"u8.ToArray(), "force"u8.ToArray())])
            : IsFrozen ? null : 0;

    /// <summary>Flushes the memtable and begins another log, as a full or old memtable does.</summary>
    public void Rotate()
    {
        DateTimeOffset now = _time.GetUtcNow();
        _keys.Flush();
        _wal.BeginFile(now);
        _memtableSince = now;
        _rotated = _options.Has(StockQuirks.RotationEndsReplication);
        if (_options.Has(StockQuirks.RotationRestartsNumbers))
        {
            _storageNext = 1;
        }
    }

    private bool ReplicationSeesWrites => !_rotated;

    private ulong? WriteOne(Operation operation, byte[] key, byte[] value)
    {
        if (!TryBeginWrite())
        {
            return null;
        }

        bool full = MemtableIsDue();
        ulong number = _storageNext++;
        StockEntry entry = StockEntry.Create(operation, number, key, value);
        _wal.Current.Append(entry);
        InsertVersion(new StockOperation(operation, key, value), number);
        if (ReplicationSeesWrites)
        {
            // Inside the write and before its sync: a replica can hold what a crash then takes from the primary.
            Broadcast(entry);
        }

        FinishWrite(number, entry.FileBytes, full);
        return number;
    }

    private void FinishWrite(ulong number, long bytes, bool full)
    {
        if (ReplicationSeesWrites)
        {
            _replicationNext = _storageNext;
            _bytesSinceSync += bytes;
            if (_options.SyncMode == StockSyncMode.Immediate
                || (_options.SyncMode == StockSyncMode.Batch && _bytesSinceSync >= _options.SyncBytes))
            {
                _lastSynced = number;
                _bytesSinceSync = 0;
            }
        }

        if (full)
        {
            Rotate();
        }
    }

    private void InsertVersion(StockOperation operation, ulong version) =>
        _keys.Insert(
            operation.Key,
            new StockVersion(
                version, operation.Operation == Operation.Delete ? null : operation.Value, Replayed: false));

    /// <summary>The write that finds the memtable due is the last one in the old log.</summary>
    private bool MemtableIsDue() =>
        _keys.ActiveSize >= _options.MemtableSize
        || (_options.MaxMemtableAge > TimeSpan.Zero
            && _time.GetUtcNow() - _memtableSince >= _options.MaxMemtableAge);

    private static SortedDictionary<byte[], StockOperation> Collapse(IReadOnlyList<StockOperation> operations)
    {
        var sorted = new SortedDictionary<byte[], StockOperation>(ByteKeyComparer.Instance);
        foreach (StockOperation operation in operations)
        {
            sorted[operation.Key] = operation;
        }

        return sorted;
    }

    private void RefuseOversized(SortedDictionary<byte[], StockOperation> sorted)
    {
        int index = 0;
        foreach (StockOperation operation in sorted.Values)
        {
            int length = operation.Operation == Operation.Delete
                ? PutOverhead - sizeof(uint) + operation.Key.Length
                : PutOverhead + operation.Key.Length + operation.Value.Length;
            if (length > _options.RecordLimit)
            {
                LeavePhantoms(sorted.Values, index);
                throw new RpcException(new Status(StatusCode.Unknown, string.Create(
                    CultureInfo.InvariantCulture,
                    $"failed to append batch to WAL: failed to write entry {index}: record too large: "
                    + $"{length} > {_options.RecordLimit}")));
            }

            index++;
        }
    }

    private void LeavePhantoms(IEnumerable<StockOperation> operations, int count)
    {
        if (!_options.Has(StockQuirks.RefusedBatchesLeaveOperations))
        {
            return;
        }

        foreach (StockOperation operation in operations)
        {
            if (count-- == 0)
            {
                return;
            }

            _wal.Current.Append(
                StockEntry.Create(operation.Operation, _storageNext, operation.Key, operation.Value));
        }
    }

    private void Broadcast(StockEntry entry)
    {
        ulong number = entry.Sequence;
        for (int i = 0; i < _registered.Count; i++)
        {
            StockSession session = _registered[i];
            ulong start = session.Request.StartSequence;
            if (_options.Has(StockQuirks.BroadcastSkipsStart) ? start < number : start <= number)
            {
                Send(session, LiveMessage(session.Request, entry));
            }

            if (!session.StreamOpen)
            {
                i--;
            }
        }
    }

    private WALStreamResponse LiveMessage(WALStreamRequest request, StockEntry entry)
    {
        bool understood = request.CompressionSupported
            && request.PreferredCodec is CompressionCodec.None or CompressionCodec.Zstd;
        if (!understood && _options.Has(StockQuirks.EmptyBroadcastsForOtherCodecs))
        {
            return new WALStreamResponse();
        }

        bool claims = _options.Has(StockQuirks.BroadcastsClaimCompression) && understood;
        WALStreamResponse message = Message([entry]);
        message.Compressed = claims;
        message.Codec = claims ? CompressionCodec.Zstd : CompressionCodec.None;
        return message;
    }
}
