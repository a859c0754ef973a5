using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;

namespace Kevo.Replication.Tests.World;

/// <summary>What differs in a world from one that can be joined.</summary>
public sealed class JoinWorldSettings
{
    /// <summary>Whether there is a read service.</summary>
    public bool HasReader { get; set; } = true;

    /// <summary>Whether snapshots are taken.</summary>
    public BootstrapRule Bootstrap { get; set; }

    /// <summary>What the read service says.</summary>
    public LogPosition? Position { get; set; } = JoinWorld.Position;

    /// <summary>What the read service fails with.</summary>
    public Exception? Fault { get; set; }

    internal JoinWorld Make()
    {
        JoinWorld world = new(
            new ReplicaOptions { NodeId = "replica-1", Snapshots = new SnapshotOptions { Bootstrap = Bootstrap } },
            HasReader);
        world.Reader.Position = Position;
        world.Reader.OpenFault = Fault;
        return world;
    }
}
