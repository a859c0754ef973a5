namespace Kevo.Replication.Bootstrap;

/// <summary>What a walk has to know of the stream beside it.</summary>
/// <param name="Seen">The highest sequence that the stream brought and that is applied here.</param>
/// <param name="Acknowledged">The number by which the primary's read service tells the stream from others.</param>
/// <param name="ChangeBytesMax">Most bytes of differences kept in memory.</param>
/// <param name="Rebuild">Whether the whole content shall be replaced.</param>
/// <param name="Reason">Why the walk is needed.</param>
internal readonly record struct WalkRequest(
    ulong Seen, ulong Acknowledged, long ChangeBytesMax, bool Rebuild, SnapshotReason Reason);
