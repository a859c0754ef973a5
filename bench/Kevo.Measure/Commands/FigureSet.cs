using Kevo.Measure.Reporting;

namespace Kevo.Measure.Commands;

/// <summary>Collects the values of several runs under the names of their figures, in order of appearance.</summary>
internal sealed class FigureSet
{
    private readonly List<Figure> _figures = [];

    /// <summary>The figures so far.</summary>
    public IReadOnlyList<Figure> All => _figures;

    /// <summary>Adds the value of one run.</summary>
    public void Add(string name, string unit, FigureRole role, double value)
    {
        if (_figures.Find(figure => figure.Name == name) is { } known)
        {
            ((List<double>)known.Runs).Add(value);
            return;
        }

        _figures.Add(new Figure(name, unit, new List<double> { value }, role));
    }

    /// <summary>The median of a figure that was added.</summary>
    public double Median(string name) => _figures.Find(figure => figure.Name == name)!.Spread.Median;
}
