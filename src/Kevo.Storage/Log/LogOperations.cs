namespace Kevo.Storage.Log;

/// <summary>
/// The operation names under which the log touches the disk; tests fail and record single calls by them.
/// </summary>
public static class LogOperations
{
    /// <summary>Takes the lock of the log directory.</summary>
    public const string Lock = "LOG:LOCK";

    /// <summary>Creates the log directory.</summary>
    public const string CreateDirectory = "LOG:MKDIR";

    /// <summary>Makes the log directory's own name durable.</summary>
    public const string SyncParent = "LOG:SYNCPARENT";

    /// <summary>Makes the names found at opening durable before anything is decided from them.</summary>
    public const string RecoverySyncDirectory = "RECOVERY:SYNCDIR";

    /// <summary>Makes the bytes of a segment durable before anything is decided from them.</summary>
    public const string RecoverySyncFile = "RECOVERY:SYNCFILE";

    /// <summary>Lists the directory; opens and reads a segment to verify it.</summary>
    public const string RecoveryRead = "RECOVERY:READ";

    /// <summary>Removes a file that a crash left behind.</summary>
    public const string RecoveryDelete = "RECOVERY:DELETE";

    /// <summary>Makes the zeroes over a torn tail durable.</summary>
    public const string RecoveryCut = "RECOVERY:CUT";

    /// <summary>Cuts a closed segment to its true length.</summary>
    public const string RecoveryTruncate = "RECOVERY:TRUNCATE";

    /// <summary>Maps an existing segment.</summary>
    public const string Map = "SEGMENT:MAP";

    /// <summary>Creates a segment and allocates its space.</summary>
    public const string Allocate = "SEGMENT:ALLOCATE";

    /// <summary>Takes a retired segment's file for a new segment.</summary>
    public const string Recycle = "SEGMENT:RECYCLE";

    /// <summary>Makes the allocation durable.</summary>
    public const string SyncAllocation = "SEGMENT:SYNCALLOC";

    /// <summary>Makes a segment's header durable before it gets its name.</summary>
    public const string SyncHeader = "SEGMENT:SYNCHEADER";

    /// <summary>Gives a segment its name.</summary>
    public const string Rename = "SEGMENT:RENAME";

    /// <summary>Makes a segment's name durable.</summary>
    public const string SyncDirectory = "SEGMENT:SYNCDIR";

    /// <summary>Makes a segment's end mark durable.</summary>
    public const string SyncEnd = "SEGMENT:SYNCEND";

    /// <summary>Cuts a segment to its true length.</summary>
    public const string Truncate = "SEGMENT:TRUNCATE";

    /// <summary>Takes the name from a segment nobody needs any more.</summary>
    public const string Retire = "SEGMENT:RETIRE";

    /// <summary>
    /// Removes a retired segment that is not used again, or a temporary one that became too small.
    /// </summary>
    public const string Delete = "SEGMENT:DELETE";

    /// <summary>Makes it durable that a segment lost its name.</summary>
    public const string SyncDelete = "SEGMENT:SYNCDELETE";

    /// <summary>Puts a frame, or a part of a long one, into its segment.</summary>
    public const string WriteFrame = "LOG:WRITE";

    /// <summary>Makes a frame durable.</summary>
    public const string SyncFrame = "LOG:SYNC";

    /// <summary>Opens, lists and reads for an inspection.</summary>
    public const string Inspect = "INSPECT:READ";
}
