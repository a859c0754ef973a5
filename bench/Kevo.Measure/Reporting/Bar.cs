namespace Kevo.Measure.Reporting;

/// <summary>A value that a measurement is meant to reach.</summary>
/// <param name="Name">What is compared, for example <c>ratio to the smaller limit</c>.</param>
/// <param name="Value">What was reached (the median over the runs).</param>
/// <param name="Wanted">What is wanted.</param>
/// <param name="AtLeast">True when more is better.</param>
public sealed record Bar(string Name, double Value, double Wanted, bool AtLeast = true)
{
    /// <summary>Whether the bar is reached.</summary>
    public bool Reached => AtLeast ? Value >= Wanted : Value <= Wanted;
}
