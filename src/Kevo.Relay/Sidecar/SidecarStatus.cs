using Kevo.Core;

namespace Kevo.Relay.Sidecar;

/// <summary>What a sidecar has done and where it stands, at one moment.</summary>
public sealed record SidecarStatus
{
    /// <summary>The stock file being read; empty while there is none.</summary>
    public required string File { get; init; }

    /// <summary>Where the next entry is looked for in it.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes of it that were seen and not copied yet.</summary>
    public required long BytesBehind { get; init; }

    /// <summary>The last position of the sidecar's own log on stable storage.</summary>
    public required LogPosition Durable { get; init; }

    /// <summary>Transactions copied since start.</summary>
    public required long Transactions { get; init; }

    /// <summary>Entries copied since start.</summary>
    public required long Entries { get; init; }

    /// <summary>Ranges of stock files that were unreadable, since start.</summary>
    public required long DamagedRanges { get; init; }

    /// <summary>Transactions that a crash of stock cut off and that were left out, since start.</summary>
    public required long TornTransactions { get; init; }

    /// <summary>Entries that stock itself ignores or that replication cannot carry, left out since start.</summary>
    public required long SkippedEntries { get; init; }

    /// <summary>
    /// Times stock gave up on its log and moved it to a backup directory, since start. The sidecar goes on with the
    /// whole history; stock itself no longer serves what was in that log.
    /// </summary>
    public required long SetAside { get; init; }

    /// <summary>
    /// Times a transaction went on after it had been taken for complete, since start. Not 0 is a fault.
    /// </summary>
    public required long LateParts { get; init; }
}
