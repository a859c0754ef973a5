using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// The checkpoint on disk and the numbers of tables. Saving is the one step by which the directory's content changes;
/// it is called by whoever holds the gate of the background work.
/// </summary>
internal sealed class CheckpointKeeper(StoreDirectory directory, Checkpoint current)
{
    private ulong _nextNumber = current.NextTableNumber;

    /// <summary>What the last save, or opening, put on disk.</summary>
    public Checkpoint Current { get; private set; } = current;

    /// <summary>A number no table of this directory has or had since it was opened. Any thread.</summary>
    public ulong TakeNumber() => Interlocked.Increment(ref _nextNumber) - 1;

    /// <summary>Makes runs and position the directory's content, durably.</summary>
    /// <exception cref="StorageException">
    /// Whether the old or the new content holds is unknown: the files of both must stay until a save succeeds.
    /// </exception>
    public void Save(LogPosition position, IReadOnlyList<SortedRun> runs)
    {
        var next = new Checkpoint
        {
            Position = position,
            NextTableNumber = Volatile.Read(ref _nextNumber),
            Runs = [.. runs.Select(static run =>
                new CheckpointRun(run.NewKeys, [.. run.Tables.Select(static table => table.Description)]))],
        };
        directory.WriteCheckpoint(next);
        Current = next;
    }
}
