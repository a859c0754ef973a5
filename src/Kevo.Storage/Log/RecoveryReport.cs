using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>What opening a log found and did.</summary>
public sealed record RecoveryReport
{
    /// <summary>The first position held in the current epoch; <see cref="LogPosition.None"/> when none is.</summary>
    public required LogPosition First { get; init; }

    /// <summary>
    /// The last durable position: the last transaction, or where the current epoch begins if it has none yet.
    /// </summary>
    public required LogPosition Durable { get; init; }

    /// <summary>Segments whose every frame was verified.</summary>
    public required int VerifiedSegments { get; init; }

    /// <summary>Segments at or below the checkpoint, of which only header and end mark were verified.</summary>
    public required int SkippedSegments { get; init; }

    /// <summary>Frames verified.</summary>
    public required long Frames { get; init; }

    /// <summary>Entries verified.</summary>
    public required long Entries { get; init; }

    /// <summary>Bytes of the frames verified.</summary>
    public required long Bytes { get; init; }

    /// <summary>How long opening took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>
    /// What was found, in the order of the files; none of it is a <see cref="RecoveryDecision.Stop"/>.
    /// </summary>
    public required IReadOnlyList<RecoveryFinding> Findings { get; init; }
}
