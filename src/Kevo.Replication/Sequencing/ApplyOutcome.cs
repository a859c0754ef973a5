namespace Kevo.Replication.Sequencing;

/// <summary>How far <see cref="BatchApplier.Apply"/> came with a response.</summary>
public enum ApplyOutcome
{
    /// <summary>The whole response was taken in.</summary>
    Complete = 0,

    /// <summary>
    /// The batch is full and ends between two transactions; call again with the same response after a sync.
    /// </summary>
    BatchFull,

    /// <summary>
    /// A sequence is missing: what came before it is applied, the rest of the response was dropped and must come again.
    /// </summary>
    Gap,
}
