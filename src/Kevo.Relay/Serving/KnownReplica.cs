using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>A replica that history is kept for.</summary>
/// <param name="Name">Its node id, or its listener address when it has none.</param>
/// <param name="Acknowledged">What it said is on its disk.</param>
/// <param name="LastHeard">When it last opened a stream or acknowledged.</param>
public sealed record KnownReplica(string Name, LogPosition Acknowledged, DateTimeOffset LastHeard);
