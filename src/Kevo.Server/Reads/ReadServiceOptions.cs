using Kevo.Server.Consistency;

namespace Kevo.Server.Reads;

/// <summary>What the client service says about its node and which limits it keeps.</summary>
public sealed record ReadServiceOptions
{
    /// <summary>A short name of this node, part of transaction ids: letters, digits and hyphens.</summary>
    public required string NodeId { get; init; }

    /// <summary>
    /// host:port under which clients reach this server; GetNodeInfo says so, and the primary tells it to clients. Empty
    /// means the address the server listens on.
    /// </summary>
    public string AdvertisedAddress { get; init; } = "";

    /// <summary>
    /// host:port of the primary's client service: named in the answer to writes, and where writes are passed on to.
    /// Empty when unknown; then refused writes name no address and clients cannot follow.
    /// </summary>
    public string PrimaryClientAddress { get; init; } = "";

    /// <summary>
    /// The primary_address of GetNodeInfo (default empty). Kevo's Python client reads everything from the primary when
    /// it is set and works; its Go client sends writes there only when it is set.
    /// </summary>
    public string AnnouncedPrimaryAddress { get; init; } = "";

    /// <summary>Limits on transactions.</summary>
    public TransactionLimits Transactions { get; init; } = new();

    /// <summary>Limits on freshness.</summary>
    public ConsistencyLimits Consistency { get; init; } = new();

    /// <summary>
    /// A scan whose client takes nothing for this long is ended, and its snapshot released (default 60 s).
    /// </summary>
    public TimeSpan ScanStallLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Bytes of values longer than 64 KiB that may be on their way to clients at once (default 64 MiB); further ones
    /// wait their turn.
    /// </summary>
    public long MaxLargeResponseBytes { get; init; } = 64 << 20;

    /// <summary>Most calls per second, with bursts of one second's worth; 0 (default) for no limit.</summary>
    public int MaxRequestsPerSecond { get; init; }
}
