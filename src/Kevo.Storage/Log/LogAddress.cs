using System.Globalization;

namespace Kevo.Storage.Log;

/// <summary>
/// The place of one entry in the log: which segment, and the offset of the entry's payload in it. Eight bytes, so
/// that an index can hold it instead of a copy of the entry.
/// </summary>
/// <param name="Value">Segment id in the upper 32 bits, byte offset in the lower 32. 0 is no entry's address.</param>
public readonly record struct LogAddress(ulong Value)
{
    /// <summary>Puts an address together.</summary>
    public LogAddress(uint segmentId, uint offset)
        : this(((ulong)segmentId << 32) | offset)
    {
    }

    /// <summary>The segment that holds the entry; ids start at 1.</summary>
    public uint SegmentId => (uint)(Value >> 32);

    /// <summary>Bytes from the start of the segment to the entry's payload.</summary>
    public uint Offset => (uint)Value;

    /// <summary><c>segment+offset</c>, decimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{SegmentId}+{Offset}");
}
