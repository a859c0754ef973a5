namespace Kevo.Server.Reads;

/// <summary>A read-only transaction: one snapshot from begin to end.</summary>
internal sealed class ReadTransaction(string id, SnapshotView view, TimeSpan life, long startedAt)
    : OpenTransaction(id, life, startedAt)
{
    /// <summary>What the transaction reads.</summary>
    public SnapshotView View { get; } = view;

    /// <inheritdoc/>
    public override void Dispose() => View.Dispose();
}
