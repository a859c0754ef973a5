using Kevo.Wire;

namespace Kevo.Replication.Session;

/// <summary>What a primary says about itself when it opens a stream.</summary>
/// <param name="SessionId">Names the stream in acknowledgements; null when the primary gave none.</param>
/// <param name="Relay">What a relay announces; null for a stock primary.</param>
public sealed record SessionHeaders(string? SessionId, RelayAnnouncement? Relay);
