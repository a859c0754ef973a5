namespace Kevo.Replication.Follow;

/// <summary>
/// The loop asked for a change of state that <see cref="TransitionTable"/> forbids. Always a bug of this product, never
/// caused by a peer.
/// </summary>
public sealed class IllegalTransitionException(ReplicaState from, ReplicaState to)
    : InvalidOperationException($"The replica may not go from {from.ToName()} to {to.ToName()}.")
{
    /// <summary>The state it was in, and stays in.</summary>
    public ReplicaState From { get; } = from;

    /// <summary>The state that was asked for.</summary>
    public ReplicaState To { get; } = to;
}
