using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Observation;

namespace Kevo.Replication.Follow;

/// <summary>Where the replica stands at one moment.</summary>
public sealed record ReplicaStatus
{
    /// <summary>The loop's state.</summary>
    public required ReplicaState State { get; init; }

    /// <summary>How long it has lasted.</summary>
    public required TimeSpan TimeInState { get; init; }

    /// <summary>Whether the loop is running: it was started, and neither stopped nor ended by an error.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>
    /// False after as many consecutive failures as the setting for retries allows, until the next success.
    /// </summary>
    public required bool IsHealthy { get; init; }

    /// <summary>Failures since the last success.</summary>
    public required int ConsecutiveFailures { get; init; }

    /// <summary>The last error; it may be over.</summary>
    public required KevoException? LastError { get; init; }

    /// <summary>When <see cref="LastError"/> happened, UTC.</summary>
    public required DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>The four positions.</summary>
    public required PositionSet Positions { get; init; }

    /// <summary>The counters.</summary>
    public required ReplicationCounters Counters { get; init; }

    /// <summary>Where the primary is.</summary>
    public required string Target { get; init; }

    /// <summary>How the primary is followed; null while no stream is open.</summary>
    public required FollowMode? Mode { get; init; }

    /// <summary>
    /// The stream's name at the primary; null while no stream is open, or when the primary gave none.
    /// </summary>
    public required string? SessionId { get; init; }

    /// <summary>The relay's node id; null when no stream is open or the primary is no relay.</summary>
    public required string? RelayNodeId { get; init; }

    /// <summary>Node ids upstream of the relay, nearest first.</summary>
    public required IReadOnlyList<string> UpstreamPath { get; init; }

    /// <summary>
    /// Time since the primary was last heard of on the open stream, heartbeats included; null without a stream.
    /// </summary>
    public required TimeSpan? SinceLastMessage { get; init; }

    /// <summary>
    /// The last sequence known to exist at the primary, from its headers, its stream and its read service; null when
    /// that is not known: without an open stream, and while a snapshot is needed.
    /// </summary>
    public required ulong? PrimarySequence { get; init; }

    /// <summary>Bytes received and waiting to be applied.</summary>
    public required long QueuedBytes { get; init; }

    /// <summary>What is known about a stock primary that is listened to.</summary>
    public PrimaryCondition Condition { get; init; }

    /// <summary>
    /// Why a snapshot is needed, under way or waiting for its turn; while one is, readers keep seeing the state before
    /// it.
    /// </summary>
    public SnapshotReason PendingSnapshot { get; init; }

    /// <summary>Rows walked by the snapshot under way, or by the last one.</summary>
    public long SnapshotKeys { get; init; }

    /// <summary>How long the snapshot under way has been walking; null while none is.</summary>
    public TimeSpan? SnapshotTime { get; init; }

    /// <summary>Bytes of keys and values walked by the snapshot under way, or by the last one.</summary>
    public long SnapshotBytes { get; init; }

    /// <summary>Sequences between <see cref="PrimarySequence"/> and what is durable here; null when unknown.</summary>
    public ulong? Lag => PrimarySequence is { } last
        ? last - Math.Min(last, Positions.Durable.Value.Sequence)
        : null;
}
