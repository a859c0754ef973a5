namespace Kevo.Storage.Log;

/// <summary>
/// The situations that opening a log can find. Each has one decision (<see cref="RecoveryTable"/>), one row in
/// <c>docs/LOG_FORMAT.md</c>, and one test.
/// </summary>
public enum RecoveryCase
{
    /// <summary>There is no segment: a log that has not begun.</summary>
    EmptyDirectory,

    /// <summary>A segment that was being made when the process ended; it was never published.</summary>
    LeftoverTemporaryFile,

    /// <summary>The last segment is closed: it ends with an end mark and nothing follows.</summary>
    CleanEnd,

    /// <summary>The last segment is open: zeros, allocated and never written, follow its last frame.</summary>
    ZeroTail,

    /// <summary>
    /// The last segment is open and its file was another segment before: what that one held, or zeros, or an unfinished
    /// write whose beginning is missing, follows its last frame.
    /// </summary>
    RecycledTail,

    /// <summary>
    /// Bytes that are no intact frame follow the last frame of the open segment, and no intact frame follows them.
    /// </summary>
    TornTail,

    /// <summary>A closed segment whose file was not yet cut behind its end mark.</summary>
    UncutSegment,

    /// <summary>A frame that is not intact, with an intact one after it: durable bytes have changed.</summary>
    BadFrameBeforeValidFrame,

    /// <summary>An intact frame whose content contradicts itself or its place.</summary>
    MalformedFrame,

    /// <summary>The file is shorter than it was made, without an end mark.</summary>
    TruncatedSegment,

    /// <summary>A segment that another follows has no end mark.</summary>
    UnclosedSegment,

    /// <summary>A segment, or transactions, are missing between two segments.</summary>
    HoleBetweenSegments,

    /// <summary>A segment's epoch is lower than the one of the segment before it.</summary>
    WrongEpoch,

    /// <summary>The segment was written by another version of the format.</summary>
    UnknownVersion,

    /// <summary>The file is too short to hold a segment header.</summary>
    ShortHeader,

    /// <summary>The file does not begin like a segment.</summary>
    MissingHeader,

    /// <summary>The header fails its checksum.</summary>
    CorruptHeader,

    /// <summary>The header names another segment than the file name does.</summary>
    MisnamedSegment,

    /// <summary>A file ends in <c>.seg</c> but is not named as a segment is.</summary>
    ForeignFile,

    /// <summary>The log begins after the transaction that follows the checkpoint.</summary>
    HoleAfterCheckpoint,

    /// <summary>The log ends before the checkpoint although it is of the same epoch.</summary>
    EndBeforeCheckpoint,

    /// <summary>
    /// The checkpoint is of a later epoch than the log: the epoch's first segment was not published yet.
    /// </summary>
    CheckpointInLaterEpoch,

    /// <summary>The log is of a later epoch than the checkpoint.</summary>
    CheckpointInEarlierEpoch,
}
