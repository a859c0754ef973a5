using Kevo.Core;
using Kevo.Simulation.Engine;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Nodes;

/// <summary>How often calls to a disk fail.</summary>
internal sealed class DiskTrouble
{
    /// <summary>Share of calls that fail with an I/O error.</summary>
    public double ErrorRate { get; set; }

    /// <summary>Share of syncs that fail.</summary>
    public double SyncErrorRate { get; set; }

    /// <summary>Share of the log's syncs that take long.</summary>
    public double StallRate { get; set; }

    internal void Meet(World world, DiskOperation operation)
    {
        bool sync = operation.Name.Contains("SYNC", StringComparison.Ordinal);
        double rate = sync ? SyncErrorRate : ErrorRate;
        if (rate > 0 && world.Chance(rate))
        {
            world.Faults.DiskErrors++;
            world.Tell("disk", $"{operation.Name} fails at {operation.Path}");
            throw new StorageException(
                sync ? StorageFault.SyncFailed : StorageFault.InputOutput,
                $"{operation.Name}: input/output error at {operation.Path}.",
                operation.Path);
        }
    }
}
