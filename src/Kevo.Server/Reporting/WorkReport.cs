namespace Kevo.Server.Reporting;

/// <summary>How far a piece of long work is.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="Done">What is done, in the same unit as <paramref name="Total"/>.</param>
/// <param name="Total">All of it; null when that is not known.</param>
public sealed record WorkReport(string Stage, long Done, long? Total)
{
    /// <summary>Done so far, from 0 to 1; null when the total is not known.</summary>
    public double? Fraction => Total is > 0 ? Math.Clamp((double)Done / Total.Value, 0, 1) : null;
}
