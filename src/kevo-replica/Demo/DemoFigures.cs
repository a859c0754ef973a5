namespace Kevo.Replica.Demo;

/// <summary>How far the tour is.</summary>
/// <param name="Elapsed">Time since the workload began.</param>
/// <param name="Duration">Time the workload takes in all.</param>
/// <param name="Written">The primary's last sequence.</param>
/// <param name="Acknowledged">The last sequence the replica acknowledged.</param>
/// <param name="EntriesPerSecond">Entries written per second, on average.</param>
internal readonly record struct DemoFigures(
    TimeSpan Elapsed,
    TimeSpan Duration,
    ulong Written,
    ulong Acknowledged,
    double EntriesPerSecond);
