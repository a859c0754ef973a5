using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Kevo.Measure.Reporting;

/// <summary>Writes a report as <c>NAME.json</c> and as a picture, <c>NAME.svg</c>.</summary>
public static class ReportFiles
{
    private const int LabelWidth = 330;
    private const int BarWidth = 420;
    private const int RowHeight = 26;

    /// <summary>Writes both files into the directory, which is created if need be.</summary>
    public static void Write(Report report, string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, report.Name + ".json"), Json(report));
        File.WriteAllText(Path.Combine(directory, report.Name + ".svg"), Picture(report));
    }

    private static string Json(Report report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("name", report.Name);
            json.WriteString("description", report.Description);
            json.WriteStartObject("configuration");
            foreach ((string name, string value) in report.Configuration)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteStartArray("figures");
            foreach (Figure figure in report.Figures)
            {
                WriteFigure(json, figure);
            }

            json.WriteEndArray();
            json.WriteStartArray("bars");
            foreach (Bar bar in report.Bars)
            {
                json.WriteStartObject();
                json.WriteString("name", bar.Name);
                json.WriteNumber("value", Math.Round(bar.Value, 4));
                json.WriteString("wanted", (bar.AtLeast ? ">= " : "<= ") + ReportConsole.Number(bar.Wanted));
                json.WriteBoolean("reached", bar.Reached);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteFigure(Utf8JsonWriter json, Figure figure)
    {
        Spread spread = figure.Spread;
        json.WriteStartObject();
        json.WriteString("name", figure.Name);
        json.WriteString("unit", figure.Unit);
        json.WriteString("role", figure.Role switch
        {
            FigureRole.Ours => "ours",
            FigureRole.Limit => "limit",
            _ => "note",
        });
        json.WriteNumber("minimum", Math.Round(spread.Minimum, 3));
        json.WriteNumber("median", Math.Round(spread.Median, 3));
        json.WriteNumber("maximum", Math.Round(spread.Maximum, 3));
        json.WriteStartArray("runs");
        foreach (double run in figure.Runs)
        {
            json.WriteNumberValue(Math.Round(run, 3));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Horizontal bars; figures of one unit share a scale. The whisker is minimum to maximum.</summary>
    private static string Picture(Report report)
    {
        var rows = new StringBuilder();
        int y = 56;
        foreach (IGrouping<string, Figure> unit in report.Figures.GroupBy(figure => figure.Unit))
        {
            double scale = unit.Max(figure => figure.Spread.Maximum);
            foreach (Figure figure in unit)
            {
                AppendRow(rows, figure, scale <= 0 ? 1 : scale, y);
                y += RowHeight;
            }

            y += 8;
        }

        int width = LabelWidth + BarWidth + 190;
        string name = WebUtility.HtmlEncode(report.Name);
        string description = WebUtility.HtmlEncode(report.Description);
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 12}"
                 font-family="system-ui, sans-serif" font-size="13">
              <rect width="100%" height="100%" fill="#ffffff"/>
              <text x="16" y="26" font-size="16" font-weight="600" fill="#1b1f24">{name}</text>
              <text x="16" y="44" font-size="11" fill="#57606a">{description}</text>
            {rows}</svg>

            """);
    }

    private static void AppendRow(StringBuilder rows, Figure figure, double scale, int y)
    {
        Spread spread = figure.Spread;
        double length = BarWidth * spread.Median / scale;
        double from = LabelWidth + (BarWidth * spread.Minimum / scale);
        double to = LabelWidth + (BarWidth * spread.Maximum / scale);
        string colour = figure.Role switch
        {
            FigureRole.Ours => "#1f6feb",
            FigureRole.Limit => "#8c959f",
            _ => "#d0d7de",
        };
        string label = WebUtility.HtmlEncode(figure.Name + (figure.Role == FigureRole.Limit ? " (limit)" : ""));
        int middle = y + (RowHeight / 2);
        string value = $"{ReportConsole.Number(spread.Median)} {WebUtility.HtmlEncode(figure.Unit)}";
        string box = $"height=\"{RowHeight - 10}\" rx=\"2\" fill=\"{colour}\"";
        rows.AppendLine(CultureInfo.InvariantCulture,
            $"""  <text x="{LabelWidth - 10}" y="{middle + 4}" text-anchor="end" fill="#1b1f24">{label}</text>""");
        rows.AppendLine(CultureInfo.InvariantCulture,
            $"""  <rect x="{LabelWidth}" y="{y + 5}" width="{length:F1}" {box}/>""");
        rows.AppendLine(CultureInfo.InvariantCulture,
            $"""  <path d="M{from:F1} {middle}H{to:F1}" stroke="#1b1f24" stroke-width="1.5"/>""");
        rows.AppendLine(CultureInfo.InvariantCulture,
            $"""  <text x="{LabelWidth + BarWidth + 8}" y="{middle + 4}" fill="#1b1f24">{value}</text>""");
    }
}
