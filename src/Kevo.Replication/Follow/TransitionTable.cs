using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Follow;

/// <summary>Which state may follow which; the whole table, and nothing but the table.</summary>
public static class TransitionTable
{
    /// <summary>The states that may follow <paramref name="from"/>, in the order of the enumeration.</summary>
    public static ReadOnlySpan<ReplicaState> Successors(ReplicaState from) => from switch
    {
        Connecting => [StreamingEntries, Error],
        StreamingEntries => [ApplyingEntries, WaitingForData, Error],
        ApplyingEntries => [FsyncPending, Error],
        FsyncPending => [Acknowledging, Error],
        Acknowledging => [StreamingEntries, WaitingForData, Error],
        WaitingForData => [StreamingEntries, WaitingForData, Error],
        Error => [Connecting],
        _ => throw new ArgumentOutOfRangeException(nameof(from), from, "Not a state of the replica."),
    };

    /// <summary>Whether <paramref name="to"/> may follow <paramref name="from"/>.</summary>
    public static bool IsLegal(ReplicaState from, ReplicaState to) => Successors(from).Contains(to);

    /// <summary>Does nothing when the change is legal.</summary>
    /// <exception cref="IllegalTransitionException">It is not; the error names both states.</exception>
    public static void EnsureLegal(ReplicaState from, ReplicaState to)
    {
        if (!IsLegal(from, to))
        {
            throw new IllegalTransitionException(from, to);
        }
    }
}
