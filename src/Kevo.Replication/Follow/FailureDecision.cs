namespace Kevo.Replication.Follow;

/// <summary>What the loop does about a failure.</summary>
public enum FailureDecision
{
    /// <summary>Drop session and connection, back off, connect again.</summary>
    Reconnect = 0,

    /// <summary>
    /// No session can help: this node's history cannot be continued from the primary's. By policy the node
    /// resynchronises from a snapshot or stops.
    /// </summary>
    Resync,

    /// <summary>Nothing can help while this process runs: stop.</summary>
    Stop,
}
