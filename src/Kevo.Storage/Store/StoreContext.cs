using Kevo.Platform;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <summary>What the parts of one open store share.</summary>
internal sealed class StoreContext
{
    public required StoreOptions Options { get; init; }

    public required IFileSystem FileSystem { get; init; }

    public required TimeProvider Time { get; init; }

    public required StoreDirectory Directory { get; init; }

    public required WriteAheadLog Log { get; init; }

    public required CheckpointKeeper Checkpoint { get; init; }

    public required VersionSet Versions { get; init; }

    public required SnapshotRegistry Snapshots { get; init; }

    public required ObsoleteFiles Obsolete { get; init; }

    public required BlockResidency Residency { get; init; }

    public required StoreCounters Counters { get; init; }

    /// <summary>A writer of a new run in the tables directory.</summary>
    public RunWriter NewRunWriter() => new(
        FileSystem,
        Directory.Tables,
        Checkpoint.TakeNumber,
        Options.TableBytes,
        new TableWriterOptions
        {
            BlockSize = Options.BlockBytes,
            FilterBitsPerKey = Options.FilterBitsPerKey,
            CreatedUnixNanoseconds = (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100,
        },
        Residency,
        Obsolete);
}
