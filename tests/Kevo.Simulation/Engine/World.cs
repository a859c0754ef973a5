using Kevo.Relay.Stock;

namespace Kevo.Simulation.Engine;

/// <summary>One simulated world: its one thread, its randomness, and what is written down about it.</summary>
internal sealed class World
{
    public World(int seed, TextWriter? trace)
    {
        Seed = seed;
        Random = new Random(seed);
        Transcript = new Transcript(trace);
        Scheduler = new Scheduler(new Random(seed ^ 0x5bd1e995), Transcript);
    }

    /// <summary>What everything in it follows from.</summary>
    public int Seed { get; }

    /// <summary>What stock primaries of this world do not do, to see whether it matters.</summary>
    public StockQuirks QuirksOff { get; init; }

    /// <summary>Decides what happens in the world.</summary>
    public Random Random { get; }

    /// <summary>What happened.</summary>
    public Transcript Transcript { get; }

    /// <summary>The one thread.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Faults so far.</summary>
    public FaultCounts Faults { get; } = new();

    /// <summary>What was exercised so far.</summary>
    public WorldCounters Counters { get; } = new();

    /// <summary>True with this chance.</summary>
    public bool Chance(double chance) => Random.NextDouble() < chance;

    /// <summary>A duration between two.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        TimeSpan.FromTicks(Random.NextInt64(least.Ticks, most.Ticks + 1));

    /// <summary>A duration between two, in milliseconds.</summary>
    public TimeSpan Milliseconds(int least, int most) =>
        Between(TimeSpan.FromMilliseconds(least), TimeSpan.FromMilliseconds(most));

    /// <summary>Writes a line of the story.</summary>
    public void Tell(string actor, string what) => Transcript.Tell(Scheduler.Now, actor, what);

    /// <summary>Writes down something that happens often.</summary>
    public void Note(string actor, string what, long number = 0) =>
        Transcript.Note(Scheduler.Now, actor, what, number);

    /// <summary>An oracle was violated; see <see cref="Scheduler.Fail"/>.</summary>
    public SimulationFailure Fail(string message, Exception? inner = null)
    {
        Tell("ORACLE", message);
        return Scheduler.Fail(message, inner);
    }
}
