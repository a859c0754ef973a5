using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// What the directory holds besides the log's tail: which tables, in which order of age, and which position they cover.
/// </summary>
internal sealed record Checkpoint
{
    /// <summary>An empty store before its first epoch.</summary>
    public static Checkpoint Empty { get; } = new() { Position = LogPosition.None, NextTableNumber = 1, Runs = [] };

    /// <summary>Everything up to here is in the tables; the log is replayed from the next position on.</summary>
    public required LogPosition Position { get; init; }

    /// <summary>No table has this number or a greater one.</summary>
    public required ulong NextTableNumber { get; init; }

    /// <summary>The runs, newest first.</summary>
    public required IReadOnlyList<CheckpointRun> Runs { get; init; }
}
