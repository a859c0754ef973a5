using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>
/// The four positions of the node, <c>received &gt;= appended &gt;= durable &gt;= acknowledged</c>. The loop is the
/// only writer; any thread may read. None ever goes back, with one exception: when a session is lost in the middle of a
/// transaction, the open batch is discarded and <c>appended</c> falls back to <c>durable</c>.
/// </summary>
public sealed class ReplicaPositions
{
    private readonly Lock _lock = new();
    private ReceivedPosition _received;
    private AppendedPosition _appended;
    private DurablePosition _durable;
    private AcknowledgedPosition _acknowledged;

    /// <summary>Starts with everything but <c>acknowledged</c> at what the store holds.</summary>
    internal ReplicaPositions(LogPosition held)
    {
        _received = new ReceivedPosition(held);
        _appended = new AppendedPosition(held);
        _durable = new DurablePosition(held);
    }

    /// <summary>The highest position seen in the stream.</summary>
    public ReceivedPosition Received
    {
        get
        {
            lock (_lock)
            {
                return _received;
            }
        }
    }

    /// <summary>The last whole transaction in the applier.</summary>
    public AppendedPosition Appended
    {
        get
        {
            lock (_lock)
            {
                return _appended;
            }
        }
    }

    /// <summary>The last position on stable storage, which is also what readers see.</summary>
    public DurablePosition Durable
    {
        get
        {
            lock (_lock)
            {
                return _durable;
            }
        }
    }

    /// <summary>The last position the primary accepted as acknowledged.</summary>
    public AcknowledgedPosition Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return _acknowledged;
            }
        }
    }

    /// <summary>All four at one moment.</summary>
    public PositionSet Read()
    {
        lock (_lock)
        {
            return new PositionSet(_received, _appended, _durable, _acknowledged);
        }
    }

    internal void Append(LogPosition received, LogPosition appended)
    {
        lock (_lock)
        {
            Require(appended >= _appended.Value, "appended", _appended.Value, appended);
            _appended = new AppendedPosition(appended);
            LogPosition highest = received > appended ? received : appended;
            if (highest > _received.Value)
            {
                _received = new ReceivedPosition(highest);
            }
        }
    }

    internal void Sync(LogPosition durable)
    {
        lock (_lock)
        {
            Require(durable >= _durable.Value, "durable", _durable.Value, durable);
            Require(durable <= _appended.Value, "durable, beyond appended,", _appended.Value, durable);
            _durable = new DurablePosition(durable);
        }
    }

    /// <summary>
    /// The one gate before an acknowledgement of data leaves: passes <paramref name="position"/> through if it is
    /// durable.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// It is not; a bug, and the acknowledgement must not be sent.
    /// </exception>
    internal LogPosition PermitAcknowledgement(LogPosition position)
    {
        lock (_lock)
        {
            Require(position <= _durable.Value, "acknowledged, beyond durable,", _durable.Value, position);
            return position;
        }
    }

    internal void Acknowledge(LogPosition position)
    {
        lock (_lock)
        {
            Require(position <= _durable.Value, "acknowledged, beyond durable,", _durable.Value, position);
            if (position > _acknowledged.Value)
            {
                _acknowledged = new AcknowledgedPosition(position);
            }
        }
    }

    /// <summary>The store's content was replaced, or its epoch begun; everything up to there is durable.</summary>
    internal void Restart(LogPosition durable)
    {
        lock (_lock)
        {
            Require(durable >= _durable.Value, "durable", _durable.Value, durable);
            _durable = new DurablePosition(durable);
            _appended = new AppendedPosition(durable);
            if (durable > _received.Value)
            {
                _received = new ReceivedPosition(durable);
            }
        }
    }

    /// <summary>The open batch was discarded.</summary>
    internal void Discard()
    {
        lock (_lock)
        {
            _appended = new AppendedPosition(_durable.Value);
        }
    }

    private static void Require(bool holds, string what, LogPosition from, LogPosition to)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Position {what} may not move from {from} to {to}.");
        }
    }
}
