using Grpc.Core;

namespace Kevo.Relay.Stock;

/// <content>Stop, crash and start.</content>
public sealed partial class StockPrimaryModel
{
    /// <summary>
    /// Begins a graceful stop: no new streams, no acknowledgements, but open streams and writes go on until the streams
    /// are closed.
    /// </summary>
    public void BeginGracefulStop()
    {
        _stopping = true;
        if (!_options.Has(StockQuirks.GracefulStopWaitsForStreams))
        {
            EndStreams(new Status(StatusCode.Unavailable, "server is shutting down"));
        }
    }

    /// <summary>
    /// Ends the process in whatever state it is and starts it again: streams break, the log is replayed, numbers go on
    /// above the highest found, replication is alive again.
    /// </summary>
    public void Restart(StockRestart? how = null)
    {
        how ??= new StockRestart();
        EndStreams(new Status(StatusCode.Unavailable, "error reading from server: EOF"));
        Thaw();
        DateTimeOffset now = _time.GetUtcNow();
        _wal.Current.CutTail(how.LostEntries);
        if (how.LogSetAside || !_keys.Replay(_wal))
        {
            _wal.SetAside(now);
            _keys.Replay(_wal);
        }

        if (_wal.Current.Bytes >= _options.FileSizeForReuse)
        {
            _wal.BeginFile(now);
        }

        _storageNext = _wal.MaxSequence() + 1;
        _replicationNext = _storageNext;
        _lastSynced = _options.Has(StockQuirks.LastSequenceForgottenAtRestart) ? 0 : _storageNext - 1;
        _bytesSinceSync = 0;
        _rotated = false;
        _stopping = false;
        _memtableSince = now;
        _nextHeartbeatCheck = now + _options.HeartbeatInterval;
        _flushDue = _keys.HasHiddenMemtables ? now + _options.FlushInterval : null;
    }

    private void EndStreams(Status status)
    {
        foreach (StockSession session in _streams.ToArray())
        {
            EndStream(session, status);
        }

        _registered.Clear();
    }
}
