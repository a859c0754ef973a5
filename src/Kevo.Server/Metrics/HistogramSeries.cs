namespace Kevo.Server.Metrics;

/// <summary>One histogram under one label: counts by bucket, sum and count. Thread-safe.</summary>
internal sealed class HistogramSeries(IReadOnlyList<double> bounds)
{
    private readonly Lock _access = new();
    private readonly double[] _bounds = [.. bounds];
    private readonly long[] _buckets = new long[bounds.Count + 1];
    private double _sum;

    /// <summary>Counts one value.</summary>
    public void Record(double value)
    {
        int bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        lock (_access)
        {
            _buckets[bucket]++;
            _sum += value;
        }
    }

    /// <summary>
    /// A consistent copy: counts per bucket (not cumulated; the last is above all bounds) and the sum.
    /// </summary>
    public (long[] Buckets, double Sum) Read()
    {
        lock (_access)
        {
            return ([.. _buckets], _sum);
        }
    }
}
