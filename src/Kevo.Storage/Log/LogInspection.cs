namespace Kevo.Storage.Log;

/// <summary>What an inspection of a log directory found.</summary>
public sealed record LogInspection
{
    /// <summary>The directory.</summary>
    public required string Directory { get; init; }

    /// <summary>The segments, oldest first.</summary>
    public required IReadOnlyList<SegmentSummary> Segments { get; init; }

    /// <summary>Every situation found, in the order of the files.</summary>
    public required IReadOnlyList<RecoveryFinding> Findings { get; init; }

    /// <summary>Intact frames of all segments.</summary>
    public long Frames => Segments.Sum(static segment => segment.Frames);

    /// <summary>Entries in them.</summary>
    public long Entries => Segments.Sum(static segment => segment.Entries);

    /// <summary>Bytes of all segment files.</summary>
    public long Bytes => Segments.Sum(static segment => segment.FileLength);

    /// <summary>Whether the log could be opened: nothing found makes opening stop.</summary>
    public bool IsSound => Findings.All(static finding => finding.Decision != RecoveryDecision.Stop);
}
