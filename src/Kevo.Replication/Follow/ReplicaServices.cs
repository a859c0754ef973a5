using Kevo.Replication.Bootstrap;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Replication.Follow;

/// <summary>What a replica uses besides its primary and its store. Every member has a default.</summary>
public sealed record ReplicaServices
{
    /// <summary>The clock and the timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Source of the jitter; used by the replica's loop alone.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Where events are logged; never one line per entry.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Told of what happens; null for nobody.</summary>
    public IReplicationObserver? Observer { get; init; }

    /// <summary>
    /// The primary's read service. Needed to listen to a stock primary; disposed when the replica stops.
    /// </summary>
    public IPrimaryReader? Reader { get; init; }

    /// <summary>
    /// Where received messages go that find no room in memory, while a stock primary is listened to. Null drops them
    /// instead, and a snapshot brings what they said.
    /// </summary>
    public SpillPlace? Spill { get; init; }

    /// <summary>
    /// Where it is remembered over restarts which number of a stock primary the content stands for. Null remembers it
    /// as long as the replica lives.
    /// </summary>
    public IPrimaryMark? Mark { get; init; }

    /// <summary>
    /// What this node holds, for the comparison at the start of a stream. Without it only sequence numbers are
    /// compared.
    /// </summary>
    public IHeldHistory? History { get; init; }
}
