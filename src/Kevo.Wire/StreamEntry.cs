using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire;

/// <summary>
/// One <c>WALEntry</c> of a stream response, as a view over the message; nothing is copied or checked.
/// </summary>
/// <remarks>Valid as long as the message under it. A <see cref="PayloadDecoder"/> turns it into a log entry.</remarks>
public readonly ref struct StreamEntry
{
    internal StreamEntry(ulong sequence, ReadOnlySpan<byte> payload, FragmentType fragmentType, uint checksum)
    {
        Sequence = sequence;
        Payload = payload;
        FragmentType = fragmentType;
        Checksum = checksum;
    }

    /// <summary>The sequence number outside the payload; 0 when the field is absent.</summary>
    public ulong Sequence { get; }

    /// <summary>The payload as it travels: raw, or one frame of the codec that the response announces.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The fragment type; any number may come over the wire.</summary>
    public FragmentType FragmentType { get; }

    /// <summary>CRC-32 of the payload, or 0 when the sender computed none (as stock primaries do).</summary>
    public uint Checksum { get; }
}
