using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>Figures about a log at one moment.</summary>
public readonly record struct LogStatistics
{
    /// <summary>Segments that are part of the log.</summary>
    public int Segments { get; init; }

    /// <summary>Bytes of their files, free space in the open one included.</summary>
    public long Bytes { get; init; }

    /// <summary>Segments that were deleted but are still pinned and mapped.</summary>
    public int DeletedButPinned { get; init; }

    /// <summary>The first position held in the current epoch; <see cref="LogPosition.None"/> when none is.</summary>
    public LogPosition First { get; init; }

    /// <summary>The last durable position.</summary>
    public LogPosition Durable { get; init; }

    /// <summary>Frames made durable since opening.</summary>
    public long SyncedFrames { get; init; }

    /// <summary>Entries made durable since opening.</summary>
    public long SyncedEntries { get; init; }

    /// <summary>Bytes of frames made durable since opening.</summary>
    public long SyncedBytes { get; init; }
}
