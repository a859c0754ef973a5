using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Session;

/// <summary>What a replica asks for when it opens a stream.</summary>
public sealed record SessionRequest
{
    /// <summary>
    /// The last sequence held, which the primary sends again first so that it can be compared; 0 for the beginning.
    /// </summary>
    public required ulong StartSequence { get; init; }

    /// <summary>
    /// The epoch <see cref="StartSequence"/> belongs to; 0 when nothing is held. Only relays look at it.
    /// </summary>
    public required ulong Epoch { get; init; }

    /// <summary>The protocol version offered.</summary>
    public required uint ProtocolVersion { get; init; }

    /// <summary>Whether compressed payloads are understood.</summary>
    public required bool CompressionSupported { get; init; }

    /// <summary>The codec wished for.</summary>
    public required CompressionCodec PreferredCodec { get; init; }

    /// <summary>This node's read address as clients should use it; never empty.</summary>
    public required string ListenerAddress { get; init; }

    /// <summary>This node's id, for relays; empty sends none.</summary>
    public string NodeId { get; init; } = "";
}
