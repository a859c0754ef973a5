namespace Kevo.Server.Reads;

/// <summary>A read-write transaction that lives on the primary; this node only knows its name there.</summary>
internal sealed class ForwardedTransaction(string id, string primaryId, TimeSpan life, long startedAt)
    : OpenTransaction(id, life, startedAt)
{
    /// <summary>The primary's name for it.</summary>
    public string PrimaryId { get; } = primaryId;

    /// <inheritdoc/>
    public override void Dispose()
    {
        // Nothing is held here. The primary ends an abandoned transaction by its own limits, which are the same.
    }
}
