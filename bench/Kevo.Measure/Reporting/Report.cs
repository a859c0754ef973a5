namespace Kevo.Measure.Reporting;

/// <summary>The outcome of one measurement: its settings, its figures, and how they stand to the bars.</summary>
public sealed record Report
{
    /// <summary>Short name; also the name of the files written.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence that says what was measured and how.</summary>
    public required string Description { get; init; }

    /// <summary>The settings of the run, as name and value.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Configuration { get; init; }

    /// <summary>The figures, in the order they are shown.</summary>
    public required IReadOnlyList<Figure> Figures { get; init; }

    /// <summary>The bars, in the order they are shown.</summary>
    public IReadOnlyList<Bar> Bars { get; init; } = [];
}
