namespace Kevo.Measure.Reporting;

/// <summary>One measured quantity over all runs.</summary>
/// <param name="Name">What was measured, in a few words.</param>
/// <param name="Unit">Its unit, for example <c>entries/s</c>.</param>
/// <param name="Runs">The value of each run, in order.</param>
/// <param name="Role">Ours, a limit it is held against, or a note.</param>
public sealed record Figure(string Name, string Unit, IReadOnlyList<double> Runs, FigureRole Role)
{
    /// <summary>The spread of the runs.</summary>
    public Spread Spread => Spread.Of(Runs);
}
