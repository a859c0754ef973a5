using System.Globalization;
using Spectre.Console;

namespace Kevo.Measure.Reporting;

/// <summary>Prints reports.</summary>
public static class ReportConsole
{
    /// <summary>Prints the configuration, a table of figures, and a line for each bar.</summary>
    public static void Print(Report report)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLineInterpolated($"[bold]{report.Name}[/]: {report.Description}");
        foreach ((string name, string value) in report.Configuration)
        {
            AnsiConsole.MarkupLineInterpolated($"  {name}: {value}");
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("figure", "unit", "minimum", "median", "maximum");
        foreach (Figure figure in report.Figures)
        {
            Spread spread = figure.Spread;
            table.AddRow(
                Markup.Escape($"{figure.Name}{(figure.Role == FigureRole.Limit ? " (limit)" : "")}"),
                figure.Unit, Number(spread.Minimum), Number(spread.Median), Number(spread.Maximum));
        }

        AnsiConsole.Write(table);
        foreach (Bar bar in report.Bars)
        {
            string sign = bar.AtLeast ? ">=" : "<=";
            string verdict = bar.Reached ? "reached" : "MISSED ";
            AnsiConsole.MarkupLineInterpolated(
                $"  {verdict}  {bar.Name}: {Number(bar.Value)} (bar {sign} {Number(bar.Wanted)})");
        }
    }

    /// <summary>A number with as many digits as are worth reading.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size >= 1000 ? "N0" : size >= 10 ? "N1" : "N3";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
