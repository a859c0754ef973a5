namespace Kevo.Storage.Log;

/// <summary>What an inspection found in one segment.</summary>
public sealed record SegmentSummary
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The id that its name says.</summary>
    public required uint Id { get; init; }

    /// <summary>Whether the header was readable; if not, the fields it gives are 0.</summary>
    public required bool HasHeader { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long FileLength { get; init; }

    /// <summary>Bytes the file was made with.</summary>
    public required long AllocatedLength { get; init; }

    /// <summary>The epoch of all its frames.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>The sequence it begins with, even when it has no frame yet.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>The last sequence of its intact frames; one below the first when there is none.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>Intact frames.</summary>
    public required long Frames { get; init; }

    /// <summary>Entries in them.</summary>
    public required long Entries { get; init; }

    /// <summary>Bytes from the start of the file to the end of the last intact frame, end mark included.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>Whether it has its end mark.</summary>
    public required bool Closed { get; init; }

    /// <summary>How it ends, or what is wrong with it.</summary>
    public required RecoveryFinding Ending { get; init; }
}
