namespace Kevo.Core;

/// <summary>What went wrong with the local disk.</summary>
public enum StorageFault
{
    /// <summary>An I/O error reported by the operating system.</summary>
    InputOutput,

    /// <summary>Bytes on disk fail their checksum or contradict each other.</summary>
    Corrupt,

    /// <summary>No space is left (or the quota is used up).</summary>
    Full,

    /// <summary>The directory or file may not be written.</summary>
    ReadOnly,

    /// <summary>Another process holds the directory.</summary>
    InUse,

    /// <summary>The file was written by another version of the format.</summary>
    UnknownVersion,

    /// <summary>The file or directory does not exist.</summary>
    NotFound,

    /// <summary>
    /// A sync failed. What the disk holds is unknown; nothing may be written or acknowledged after it.
    /// </summary>
    SyncFailed,

    /// <summary>A limit of this node (snapshots, sizes) was passed.</summary>
    LimitExceeded,
}
