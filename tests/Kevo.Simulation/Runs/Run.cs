using System.Globalization;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Simulation.Runs;

/// <summary>
/// One life of a small cluster: writes and faults as the seed wants them, then peace, in which the node has to catch up
/// within a bound, and a last comparison.
/// </summary>
internal abstract class Run
{
    private static readonly TimeSpan Peace = TimeSpan.FromSeconds(400);

    private readonly Process _clients;
    private readonly Process _fate;
    private readonly double _writeRate;
    private bool _atPeace;

    protected Run(World world, double silentDeathRate = 0.25)
    {
        World = world;
        _clients = new Process(world.Scheduler, "clients");
        _fate = new Process(world.Scheduler, "fate");
        _writeRate = world.Random.Next(3) switch { 0 => 2, 1 => 10, _ => 40 };
        Link = new Link(world, "link")
        {
            Quality = ChooseQuality(), SilentDeathRate = silentDeathRate,
        };
    }

    /// <summary>The world it happens in.</summary>
    public World World { get; }

    /// <summary>The way between the first node and the primary.</summary>
    protected Link Link { get; }

    /// <summary>The first node under test, which follows the primary.</summary>
    protected abstract Node Node { get; }

    /// <summary>All nodes under test, each behind the one before it.</summary>
    protected virtual IReadOnlyList<Node> Nodes => [Node];

    /// <summary>All links, each before its node.</summary>
    protected virtual IReadOnlyList<Link> Links => [Link];

    /// <summary>
    /// Chance that a bit turns over on a node's disk each time it is down. Zero where the primary could not send again
    /// what a node that begins anew needs.
    /// </summary>
    protected double RotChance { get; init; }

    /// <summary>Lives it.</summary>
    /// <exception cref="SimulationFailure">An oracle was violated.</exception>
    public void Live()
    {
        long trouble = World.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40)).Ticks;
        BootPrimary();
        foreach (Node node in Nodes)
        {
            node.Machine.RotChance = RotChance;
            node.Boot();
        }

        ScheduleWrite();
        ScheduleFate();
        World.Scheduler.RunUntil(trouble);
        MakePeace();
        long until = World.Scheduler.Now + Peace.Ticks;
        CatchUp(until);
        while (!Nodes.All(static node => node.CheckAll()))
        {
            // Rotten bits that nothing had read before; the node begins anew.
            World.Scheduler.RunUntil(World.Scheduler.Now + TimeSpan.FromMilliseconds(1).Ticks);
            CatchUp(until);
        }
    }

    /// <summary>Starts the primary if it is down.</summary>
    protected abstract void BootPrimary();

    /// <summary>A client writes something.</summary>
    protected abstract void Write();

    /// <summary>Something bad happens to the primary.</summary>
    protected abstract void CrashPrimary();

    /// <summary>Where the primary is, for a failure's report.</summary>
    protected abstract string DescribePrimary();

    /// <summary>The last thing before peace; what is broken for good is made whole by somebody.</summary>
    protected virtual void RepairPrimary()
    {
    }

    /// <summary>Settings of the replica as the seed wants them.</summary>
    protected ReplicaOptions ChooseReplicaOptions(FollowMode mode) => new()
    {
        Follow = mode,
        NodeId = "node-1",
        MaxBatchBytes = 64 << World.Random.Next(12),
        ReceiveQueueBytes = World.Random.Next(3) == 0 ? 64 << 10 : 16 << 20,
        PreferredCodec = (CompressionCodec)World.Random.Next(3),
        RetryMaxDelay = TimeSpan.FromSeconds(World.Random.Next(2, 20)),
    };

    /// <summary>Clients do something later, in peace too.</summary>
    protected void After(TimeSpan delay, Action action) => _clients.After(delay, action);

    private void CatchUp(long until)
    {
        if (!World.Scheduler.RunUntil(() => Nodes.All(static node => node.IsCaughtUp), until))
        {
            throw World.Fail(string.Create(
                CultureInfo.InvariantCulture,
                $"Not caught up after {Peace.TotalSeconds} s without a fault: {DescribeNodes()}, "
                + $"{DescribePrimary()}."));
        }

        World.Tell("end", $"caught up: {DescribeNodes()}, {DescribePrimary()}");
    }

    private string DescribeNodes() => string.Join(", ", Nodes.Select(Describe));

    private static string Describe(Node node) => node.Machine.Name + " " + (node.Replica is { } replica
        ? $"{replica.CurrentState} at {node.Store!.Visible}, last error: {replica.States.LastError?.Message}"
        : "down");

    private void MakePeace()
    {
        _atPeace = true;
        World.Tell("fate", "peace");
        foreach (Link link in Links)
        {
            link.Heal();
            link.Quality = LinkQuality.Good;
        }

        foreach (Node node in Nodes)
        {
            node.Machine.RotChance = 0;
            node.Machine.Trouble.ErrorRate = 0;
            node.Machine.Trouble.SyncErrorRate = 0;
            node.Machine.Trouble.StallRate = 0;
            node.Machine.Disk.Capacity = long.MaxValue;
            node.Machine.ArmCrash(int.MaxValue);
        }

        RepairPrimary();
    }

    private void ScheduleWrite() => _clients.After(
        TimeSpan.FromMilliseconds(World.Random.NextDouble() * 2_000 / _writeRate),
        () =>
        {
            if (!_atPeace)
            {
                Write();
                ScheduleWrite();
            }
        });

    private void ScheduleFate() => _fate.After(World.Milliseconds(100, 4_000), () =>
    {
        if (!_atPeace)
        {
            Strike();
            ScheduleFate();
        }
    });

    private void Strike()
    {
        int hit = Nodes.Count == 1 ? 0 : World.Random.Next(Nodes.Count);
        Node node = Nodes[hit];
        Link link = Links[hit];
        switch (World.Random.Next(16))
        {
            case 0: CrashPrimary(); break;
            case 1: node.Machine.Crash(power: true); break;
            case 2: node.Machine.Crash(power: false); break;
            case 3 or 4 or 5: node.Machine.ArmCrash(World.Random.Next(1, 60)); break;
            case 6: node.Restart(); break;
            case 7: StrikeLink(link.Reset); break;
            case 8: StrikeLink(link.GoSilent); break;
            case 9: StrikeLink(() => CutForAWhile(link)); break;
            case 10: node.Machine.Trouble.ErrorRate = World.Chance(0.5) ? 0.02 : 0; break;
            case 11: node.Machine.Trouble.StallRate = World.Chance(0.5) ? 0.1 : 0; break;
            case 12: FillDisk(node.Machine); break;
            case 13: node.Machine.SetClock(AnotherOffset()); break;
            default: node.Machine.Trouble.SyncErrorRate = World.Chance(0.3) ? 0.05 : 0; break;
        }
    }

    /// <summary>Up to three days away from the true time of day, most often not that far.</summary>
    protected TimeSpan AnotherOffset()
    {
        double most = World.Random.Next(3) switch { 0 => 1, 1 => 120, _ => 3 * 86_400 };
        return TimeSpan.FromSeconds((World.Random.NextDouble() - 0.5) * 2 * most);
    }

    /// <summary>The disk is nearly full for a while, until somebody makes room.</summary>
    private void FillDisk(Machine machine)
    {
        World.Faults.DisksFilled++;
        World.Tell("fate", $"fills the disk of {machine.Name}");
        machine.Disk.Capacity = machine.Disk.UsedBytes + World.Random.Next(40_000);
        _fate.After(World.Milliseconds(500, 10_000), () => machine.Disk.Capacity = long.MaxValue);
    }

    private void StrikeLink(Action strike)
    {
        World.Faults.LinkFaults++;
        strike();
    }

    private void CutForAWhile(Link link)
    {
        link.Cut();
        _fate.After(World.Milliseconds(50, 20_000), link.Heal);
    }

    /// <summary>A link as the seed wants it.</summary>
    protected LinkQuality ChooseQuality() => World.Random.Next(4) switch
    {
        0 => LinkQuality.Good,
        1 => new LinkQuality { LossRate = 0.02, DuplicateRate = 0.05, LostAnswerRate = 0.01 },
        2 => new LinkQuality
        {
            LeastDelay = TimeSpan.FromMilliseconds(5), MostDelay = TimeSpan.FromMilliseconds(80), DuplicateRate = 0.02,
        },
        _ => new LinkQuality { MostDelay = TimeSpan.FromMilliseconds(3) },
    };
}
