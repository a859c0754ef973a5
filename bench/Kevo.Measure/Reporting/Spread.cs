namespace Kevo.Measure.Reporting;

/// <summary>Smallest, middle and largest of several runs; the noise of a measurement.</summary>
public readonly record struct Spread(double Minimum, double Median, double Maximum)
{
    /// <summary>The spread of the given runs.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Spread Of(IReadOnlyList<double> runs)
    {
        if (runs.Count == 0)
        {
            throw new ArgumentException("A spread needs at least one run.", nameof(runs));
        }

        double[] sorted = [.. runs];
        Array.Sort(sorted);
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }
}
