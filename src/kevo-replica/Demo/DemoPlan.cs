using Kevo.Replica.Configuration;

namespace Kevo.Replica.Demo;

/// <summary>What the tour does, and when.</summary>
/// <param name="Seed">Where the workload and the moment of the kill come from.</param>
/// <param name="Duration">How long the workload runs.</param>
/// <param name="EntriesPerSecond">How fast it writes.</param>
/// <param name="KillAt">When the replica is killed.</param>
internal sealed record DemoPlan(int Seed, TimeSpan Duration, long EntriesPerSecond, TimeSpan KillAt)
{
    private const long RelayRate = 20_000;

    // A stock primary in this mode delivers 100 entries every 100 ms; half of it leaves room to catch up.
    private const long StockRate = 500;

    /// <summary>The plan that the flags ask for; the kill comes in the middle third.</summary>
    public static DemoPlan From(EffectiveSettings settings)
    {
        int seed = (int)settings.Get(DemoSettings.RandomSeed);
        TimeSpan duration = settings.Get(DemoSettings.Duration);
        long rate = settings.Get(DemoSettings.Rate) ?? (settings.Get(DemoSettings.Stock) ? StockRate : RelayRate);
        return new DemoPlan(seed, duration, rate, duration * (0.33 + (new Random(seed).NextDouble() / 3)));
    }
}
