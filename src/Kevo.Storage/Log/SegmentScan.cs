namespace Kevo.Storage.Log;

/// <summary>What reading one segment from front to back yielded.</summary>
internal sealed record SegmentScan
{
    internal required string Path { get; init; }

    internal required uint Id { get; init; }

    internal required long FileLength { get; init; }

    /// <summary>The header; null when it is unusable.</summary>
    internal required SegmentHeader? Header { get; init; }

    /// <summary>Behind the last intact frame, and behind the end mark if there is one.</summary>
    internal required long End { get; init; }

    /// <summary>The last sequence held; one below the first when the segment has no frame.</summary>
    internal required ulong LastSequence { get; init; }

    /// <summary>Whether the segment has its end mark.</summary>
    internal required bool Closed { get; init; }

    /// <summary>Whether only header and end mark were read.</summary>
    internal required bool Skipped { get; init; }

    internal required long Frames { get; init; }

    internal required long Entries { get; init; }

    /// <summary>How the segment ends, or what is wrong with it.</summary>
    internal required RecoveryFinding Finding { get; init; }
}
