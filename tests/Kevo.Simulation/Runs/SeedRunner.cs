using Kevo.Relay.Stock;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Runs;

/// <summary>Runs one seed from beginning to end.</summary>
internal static class SeedRunner
{
    /// <summary>What a developer runs to see a seed again.</summary>
    public static string CommandFor(int seed) =>
        $"dotnet run --project tests/Kevo.Simulation -c Release -- --seed {seed} --trace";

    /// <summary>Lives the seed's world.</summary>
    public static SeedResult Run(
        int seed, TextWriter? trace = null, RunKind? kind = null, StockQuirks without = StockQuirks.None)
    {
        var world = new World(seed, trace) { QuirksOff = without };
        SimulationFailure? failure = null;
        try
        {
            RunKind chosen = Choose(world);
            Make(world, kind ?? chosen).Live();
        }
        catch (SimulationFailure found)
        {
            failure = found;
        }
        catch (Exception error)
        {
            failure = world.Fail($"{error.GetType().Name}: {error.Message}", error);
        }

        return new SeedResult(seed, world, failure);
    }

    private static RunKind Choose(World world) => world.Random.Next(14) switch
    {
        < 4 => RunKind.Relay,
        < 8 => RunKind.Listen,
        < 10 => RunKind.Sidecar,
        < 12 => RunKind.Chain,
        12 => RunKind.Tick,
        _ => RunKind.Fill,
    };

    private static Run Make(World world, RunKind kind) => kind switch
    {
        RunKind.Relay => new RelayRun(world),
        RunKind.Listen => new ListenRun(world),
        RunKind.Tick => new StockLogRun(world, FollowMode.Tick),
        RunKind.Fill => new StockLogRun(world, FollowMode.Fill),
        RunKind.Sidecar => new SidecarRun(world),
        RunKind.Chain => new ChainRun(world),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of run."),
    };
}
