using Kevo.Core;

namespace Kevo.Replication.Observation;

/// <summary>One unit of apply and sync.</summary>
/// <param name="Durable">The position it ends at.</param>
/// <param name="Entries">Operations in it.</param>
/// <param name="Bytes">Payload bytes of these operations.</param>
/// <param name="ApplyTime">Time for decoding, ordering and applying it; zero when detailed metrics are off.</param>
/// <param name="SyncTime">
/// Time the sync took, or, from a store that does not say, until it was seen to be done: in a backlog, when the next
/// batch is applied. Zero when detailed metrics are off.
/// </param>
public readonly record struct BatchFigures(
    LogPosition Durable, long Entries, long Bytes, TimeSpan ApplyTime, TimeSpan SyncTime);
