using Kevo.Core;

namespace Kevo.Replica;

/// <summary>
/// What the process tells its caller. Documented in docs/OPERATIONS.md; scripts and units depend on it.
/// </summary>
internal static class ExitCode
{
    /// <summary>Done, or stopped on request.</summary>
    public const int Ok = 0;

    /// <summary>Unusable flags, settings or configuration file.</summary>
    public const int Usage = 2;

    /// <summary>The local disk or what it holds: corrupt, full, read-only, in use, or a sync failed.</summary>
    public const int Storage = 3;

    /// <summary>The primary cannot be reached, or what answers there does not speak the protocol.</summary>
    public const int Unreachable = 4;

    /// <summary>The primary's history is not the one held here, or is gone; resynchronise.</summary>
    public const int HistoryLost = 5;

    /// <summary>A defect of this program.</summary>
    public const int Internal = 70;

    /// <summary>
    /// <c>get</c> found no such key, or <c>health</c> found the node not ready: an answer, not an error.
    /// </summary>
    public const int No = 1;

    /// <summary>Every code with its meaning, for the manual.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, "Done, or stopped by SIGTERM or SIGINT"),
        (No, "The answer is no: get found no such key, health found the node not ready"),
        (Usage, "Unusable flag, setting or configuration file"),
        (Storage, "Local storage: corrupt, full, read-only, of another version, in use, or a sync failed"),
        (Unreachable, "The primary, or the server asked, cannot be reached or does not speak the protocol"),
        (HistoryLost, "History lost or diverged: resynchronise into a fresh data directory"),
        (Internal, "A defect of this program"),
    ];

    /// <summary>The code for an error of ours.</summary>
    public static int For(ErrorKind kind) => kind switch
    {
        ErrorKind.Configuration => Usage,
        ErrorKind.Storage => Storage,
        ErrorKind.Connection or ErrorKind.Protocol or ErrorKind.Compression => Unreachable,
        ErrorKind.Retention or ErrorKind.Divergence or ErrorKind.Gap => HistoryLost,
        _ => Internal,
    };
}
