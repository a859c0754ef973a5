using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Runs;

/// <summary>What became of one seed.</summary>
internal sealed class SeedResult(int seed, World world, SimulationFailure? failure)
{
    /// <summary>The seed.</summary>
    public int Seed => seed;

    /// <summary>Its world, for the figures and the story.</summary>
    public World World => world;

    /// <summary>What was violated; null when nothing was.</summary>
    public SimulationFailure? Failure => failure;

    /// <summary>A failure with its story and the command that repeats it.</summary>
    public string Report() => string.Join(
        Environment.NewLine,
        [
            $"seed {seed}: {failure?.Message ?? "nothing was violated"}",
            .. world.Transcript.Tail,
            $"{failure?.InnerException}",
            $"repeat with: {SeedRunner.CommandFor(seed)}",
        ]);
}
