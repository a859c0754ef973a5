using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>One change of state, as kept in the history.</summary>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered.</param>
/// <param name="At">When, by the node's clock, UTC.</param>
/// <param name="TimeInPrevious">How long <paramref name="From"/> had lasted.</param>
/// <param name="Cause">The error that led to <see cref="ReplicaState.Error"/>; null for every other change.</param>
public readonly record struct StateTransition(
    ReplicaState From, ReplicaState To, DateTimeOffset At, TimeSpan TimeInPrevious, KevoException? Cause);
