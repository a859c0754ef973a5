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
    public static SeedResult Run(int seed, TextWriter? trace = null)
    {
        var world = new World(seed, trace);
        SimulationFailure? failure = null;
        try
        {
            Choose(world).Live();
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

    private static Run Choose(World world) => world.Random.Next(10) switch
    {
        < 4 => new RelayRun(world),
        < 8 => new ListenRun(world),
        8 => new StockLogRun(world, FollowMode.Tick),
        _ => new StockLogRun(world, FollowMode.Fill),
    };
}
