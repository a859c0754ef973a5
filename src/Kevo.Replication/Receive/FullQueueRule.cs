namespace Kevo.Replication.Receive;

/// <summary>What happens to a response for which the receive queue has no room.</summary>
public enum FullQueueRule
{
    /// <summary>The receiver waits; flow control then holds the sender back. Only for relays.</summary>
    Wait = 0,

    /// <summary>It is dropped: the sender repeats whatever is not acknowledged. The receiver goes on reading.</summary>
    Drop,

    /// <summary>
    /// It goes to disk, and only when the file is full too is it dropped: then it is missing, and a snapshot brings it.
    /// </summary>
    Spill,
}
