namespace Kevo.Replication.Sequencing;

/// <summary>What brings a missing sequence.</summary>
public enum GapRule
{
    /// <summary>
    /// A negative acknowledgement: the sender then sends everything from the missing sequence on again.
    /// </summary>
    AskAgain = 0,

    /// <summary>
    /// Patience: the primary sends whatever is not acknowledged again by itself, in order. A hole in that ordered part
    /// means the history is gone.
    /// </summary>
    AwaitResend,

    /// <summary>
    /// Nothing on the stream: it is a transaction, which a snapshot brings. The response that revealed it is kept and
    /// handed in again after that.
    /// </summary>
    Snapshot,
}
