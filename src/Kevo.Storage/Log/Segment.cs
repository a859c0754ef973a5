using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>A published segment and its mapping.</summary>
/// <remarks>
/// The writer alone moves <see cref="DurableEnd"/>, <see cref="LastSequence"/> and <see cref="Next"/> forwards;
/// anybody may read them. The counts and <see cref="Deleted"/> belong to the log's gate. The mapping lives while
/// <see cref="References"/> is above 0: one for the log until the segment is deleted, one per pin, one per cursor
/// in it.
/// </remarks>
internal sealed class Segment(in SegmentHeader header, string path, IMappedFile mapping)
{
    private long _durableEnd = SegmentHeader.Length;
    private ulong _lastSequence = header.FirstSequence - 1;
    private Segment? _next;

    internal SegmentHeader Header { get; } = header;

    internal string Path { get; } = path;

    internal IMappedFile Mapping { get; } = mapping;

    internal uint Id => Header.Id;

    /// <summary>Behind the last durable frame; an end mark is not counted.</summary>
    internal long DurableEnd => Volatile.Read(ref _durableEnd);

    /// <summary>The last durable sequence in it.</summary>
    internal ulong LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>The segment after it; null while there is none.</summary>
    internal Segment? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The end mark is durable: no frame will follow.</summary>
    internal bool Closed { get; set; }

    /// <summary>The file was cut to its true length.</summary>
    internal bool IsCut { get; set; }

    /// <summary>Holders of the mapping.</summary>
    internal int References { get; set; } = 1;

    /// <summary>Cursors in it, which keep it and all later segments from being deleted.</summary>
    internal int Cursors { get; set; }

    /// <summary>No longer part of the log.</summary>
    internal bool Deleted { get; set; }

    /// <summary>Where frames must end, so that the end mark still fits.</summary>
    internal long FrameLimit => Closed ? 0 : Mapping.Length - FrameHeader.Length;

    /// <summary>Moves the durable end.</summary>
    internal void Advance(long durableEnd, ulong lastSequence)
    {
        Volatile.Write(ref _lastSequence, lastSequence);
        Volatile.Write(ref _durableEnd, durableEnd);
    }
}
