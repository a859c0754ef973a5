using Kevo.Wire.Contracts.Client;

namespace Kevo.Relay.Stock;

/// <summary>
/// A stock primary as state and events, without sockets, threads or disk: what it logs, what it sends to whom and when,
/// and how it goes wrong. A host or a simulation calls it and drives <see cref="RunDue"/>.
/// </summary>
/// <remarks>
/// Not thread-safe: one call at a time. A null result means "this call never gets an answer", as on a frozen primary.
/// Errors that a client of stock would see are thrown as <see cref="Grpc.Core.RpcException"/> with stock's code and
/// text.
/// </remarks>
public sealed partial class StockPrimaryModel
{
    private readonly StockPrimaryOptions _options;
    private readonly TimeProvider _time;
    private readonly StockWal _wal;
    private readonly StockKeySpace _keys;
    private readonly List<StockSession> _registered = [];
    private readonly List<StockSession> _streams = [];

    // The number of the next write. Replication's own view of it stands still once the log has rotated.
    private ulong _storageNext;
    private ulong _replicationNext;
    private ulong _lastSynced;
    private long _bytesSinceSync;
    private bool _rotated;
    private bool _stopping;
    private DateTimeOffset _memtableSince;
    private DateTimeOffset _nextHeartbeatCheck;
    private DateTimeOffset? _flushDue;
    private long _lastSessionStamp;

    /// <summary>A fresh primary with an empty log.</summary>
    /// <exception cref="Core.ConfigurationException">An option makes no sense.</exception>
    public StockPrimaryModel(StockPrimaryOptions options, TimeProvider time)
    {
        options.Validate();
        _options = options;
        _time = time;
        DateTimeOffset now = time.GetUtcNow();
        _wal = new StockWal(now);
        _keys = new StockKeySpace(options);
        _storageNext = options.FirstSequence;
        _replicationNext = options.FirstSequence;
        _memtableSince = now;
        _nextHeartbeatCheck = now + options.HeartbeatInterval;
    }

    /// <summary>The knobs it was made with.</summary>
    public StockPrimaryOptions Options => _options;

    /// <summary>The number the next write will get.</summary>
    public ulong NextSequence => _storageNext;

    /// <summary>What the node information names as last sequence.</summary>
    public ulong LastSynced => _lastSynced;

    /// <summary>Whether the log has rotated, so that replication looks at a closed one.</summary>
    public bool IsRotated => _rotated;

    /// <summary>Whether a graceful stop has begun.</summary>
    public bool IsStopping => _stopping;

    /// <summary>The sessions it knows, oldest first; a copy.</summary>
    public IReadOnlyList<StockSession> Sessions => [.. _registered];

    /// <summary>Streams that are open, those of forgotten sessions included.</summary>
    public int OpenStreams => _streams.Count;

    /// <summary>
    /// Raised before a replica's request reads the log, with the number of entries in it, from inside the call that
    /// reads: for whoever wants the read to take its time.
    /// </summary>
    public event Action<int>? ReadsLog
    {
        add => _wal.Reading += value;
        remove => _wal.Reading -= value;
    }

    /// <summary>Complete reads of the log on behalf of replicas.</summary>
    public long WalReads => _wal.Reads;

    /// <summary>Log files that exist.</summary>
    public int WalFiles => _wal.Files.Count;

    /// <summary>Acknowledgements received, refused ones included.</summary>
    public long Acknowledgements { get; private set; }

    /// <summary>Streams opened, closed ones included.</summary>
    public long StreamsOpened { get; private set; }

    /// <summary>Negative acknowledgements received, refused ones included.</summary>
    public long NegativeAcknowledgements { get; private set; }

    /// <summary>
    /// Whether a stream is so far behind that writes and reads wait; never with
    /// <see cref="StockPrimaryOptions.BlocksOnFullWindow"/> off. The caller holds clients back while this is true.
    /// </summary>
    public bool IsStalled
    {
        get
        {
            if (!_options.BlocksOnFullWindow)
            {
                return false;
            }

            foreach (StockSession session in _streams)
            {
                if (session.Stream.UnsentBytes > _options.StreamWindow)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>When <see cref="RunDue"/> has something to do next; null when never.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            if (IsFrozen)
            {
                return null;
            }

            DateTimeOffset due = _nextHeartbeatCheck;
            foreach (StockSession session in _streams)
            {
                due = session.NextTick < due ? session.NextTick : due;
            }

            return _flushDue < due ? _flushDue : due;
        }
    }

    /// <summary>Does what is due now: ticks, looks at the sessions, a flush after an over-full start.</summary>
    public void RunDue()
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (!IsFrozen && _flushDue <= now)
        {
            _flushDue = null;
            Rotate();
        }

        for (int i = 0; i < _streams.Count && !IsFrozen; i++)
        {
            StockSession session = _streams[i];
            if (session.NextTick > now)
            {
                continue;
            }

            // Like a Go ticker: ticks that nobody took in time are dropped, the phase stays.
            long missed = (now - session.NextTick).Ticks / _options.TickInterval.Ticks;
            session.NextTick += _options.TickInterval * (missed + 1);
            Tick(session, now);
            if (!session.StreamOpen)
            {
                i--;
            }
        }

        if (!IsFrozen && _nextHeartbeatCheck <= now)
        {
            long missed = (now - _nextHeartbeatCheck).Ticks / _options.HeartbeatInterval.Ticks;
            _nextHeartbeatCheck += _options.HeartbeatInterval * (missed + 1);
            CheckSessions(now);
        }
    }

    /// <summary>Every entry in the log files, in file order, phantom operations included; a copy.</summary>
    public IReadOnlyList<StockEntry> ReadLog()
    {
        var entries = new List<StockEntry>();
        foreach (StockWalFile file in _wal.Files)
        {
            entries.AddRange(file.Entries);
        }

        return entries;
    }

    /// <summary>The answer to GetNodeInfo; null when it hangs (frozen, or stopping with streams open).</summary>
    public GetNodeInfoResponse? GetNodeInfo()
    {
        if (IsFrozen || (_stopping && _streams.Count > 0))
        {
            return null;
        }

        var info = new GetNodeInfoResponse
        {
            NodeRole = GetNodeInfoResponse.Types.NodeRole.Primary,
            PrimaryAddress = _options.ReplicationAddress,
            LastSequence = _lastSynced,
            ReadOnly = false,
            Version = _options.Version,
        };
        foreach (StockSession session in _registered)
        {
            info.Replicas.Add(new ReplicaInfo
            {
                Address = session.Request.ListenerAddress,
                LastSequence = session.Acknowledged,
                Available = true,
            });
        }

        return info;
    }
}
