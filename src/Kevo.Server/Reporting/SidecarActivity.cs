namespace Kevo.Server.Reporting;

/// <summary>What a sidecar has copied, and where it stands.</summary>
public sealed record SidecarActivity
{
    /// <summary>The directory of stock Kevo.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The stock file being read; empty while there is none.</summary>
    public string File { get; init; } = "";

    /// <summary>Where the next entry is looked for in it.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of it that were seen and not copied yet.</summary>
    public long BytesBehind { get; init; }

    /// <summary>Ranges of stock files that could not be read, since start.</summary>
    public long DamagedRanges { get; init; }

    /// <summary>Transactions that a crash of stock cut off, since start.</summary>
    public long TornTransactions { get; init; }

    /// <summary>Entries left out, since start.</summary>
    public long SkippedEntries { get; init; }

    /// <summary>Times stock gave up on its log, since start.</summary>
    public long SetAside { get; init; }

    /// <summary>Times a transaction went on after it had been taken for complete, since start.</summary>
    public long LateParts { get; init; }
}
