namespace Kevo.Replication.Follow;

/// <summary>The names under which log, status and metrics speak of the states.</summary>
public static class ReplicaStateNames
{
    /// <summary>The state's name in upper case with underscores, for example <c>WAITING_FOR_DATA</c>.</summary>
    public static string ToName(this ReplicaState state) => state switch
    {
        ReplicaState.Connecting => "CONNECTING",
        ReplicaState.StreamingEntries => "STREAMING_ENTRIES",
        ReplicaState.ApplyingEntries => "APPLYING_ENTRIES",
        ReplicaState.FsyncPending => "FSYNC_PENDING",
        ReplicaState.Acknowledging => "ACKNOWLEDGING",
        ReplicaState.WaitingForData => "WAITING_FOR_DATA",
        ReplicaState.Error => "ERROR",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state of the replica."),
    };
}
