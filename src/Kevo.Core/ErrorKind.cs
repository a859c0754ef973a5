namespace Kevo.Core;

/// <summary>
/// The kinds of error a user meets. Log lines, metric labels, status output and exit codes all use these names in lower
/// case.
/// </summary>
public enum ErrorKind
{
    /// <summary>The peer could not be reached, or the connection broke.</summary>
    Connection,

    /// <summary>The peer sent something the protocol does not allow.</summary>
    Protocol,

    /// <summary>The primary no longer has the history this node needs.</summary>
    Retention,

    /// <summary>The primary's history is not the one this node holds.</summary>
    Divergence,

    /// <summary>A payload could not be decompressed.</summary>
    Compression,

    /// <summary>A sequence number is missing and did not arrive.</summary>
    Gap,

    /// <summary>The local disk: full, read-only, corrupt, in use, or a sync failed.</summary>
    Storage,

    /// <summary>A setting, flag or file given by the operator is unusable.</summary>
    Configuration,
}
