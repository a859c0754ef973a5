namespace Kevo.Replication.Bootstrap;

/// <summary>What a primary's read service says about the node, at one moment.</summary>
/// <param name="LastSequence">
/// The last sequence the primary has synced. 0 after its restart until its first write, and with a primary that never
/// syncs; frozen after it rotated its log.
/// </param>
/// <param name="ListsSession">
/// Whether the stream that was asked about is among the sessions of the process that answered. If not, that process is
/// not the one the stream was opened at, or has forgotten it.
/// </param>
public readonly record struct PrimaryAnswer(ulong LastSequence, bool ListsSession);
