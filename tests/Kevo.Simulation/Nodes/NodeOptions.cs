using Kevo.Simulation.Engine;
using Kevo.Storage.Compaction;
using Kevo.Storage.Store;

namespace Kevo.Simulation.Nodes;

/// <summary>The sizes of a node, small enough that everything happens often.</summary>
internal sealed record NodeOptions
{
    /// <summary>The store's settings.</summary>
    public required StoreOptions Store { get; init; }

    /// <summary>Sizes as the seed wants them.</summary>
    public static NodeOptions Choose(Random random) => new()
    {
        Store = new StoreOptions
        {
            Directory = "/node",
            MemtableBytes = random.Next(1, 17) * 1024,
            TableBytes = random.Next(1, 9) * 1024,
            BlockBytes = 256 << random.Next(3),
            FilterBitsPerKey = random.Next(3) == 0 ? 0 : 10,
            LogSegmentSize = 4096 << random.Next(4),
            LogRetentionBytes = random.Next(3) * 16_384,
            StepBytes = 512 << random.Next(6),
            Compaction = new CompactionOptions { FanIn = random.Next(2, 5) },
        },
    };
}
