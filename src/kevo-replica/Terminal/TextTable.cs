using System.Text;
using Spectre.Console;

namespace Kevo.Replica.Terminal;

/// <summary>Rows of text: a drawn table on a terminal, aligned columns elsewhere.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with one cell per heading.</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, headings.Length);
        _rows.Add(cells);
    }

    /// <summary>Writes the table.</summary>
    public void Write(Output output)
    {
        if (output.IsTerminal)
        {
            Draw(output.Console);
        }
        else
        {
            WriteColumns(output.Out);
        }
    }

    private void Draw(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading, new Style(decoration: Decoration.Bold))));
        }

        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private void WriteColumns(TextWriter writer)
    {
        var widths = headings.Select((heading, column) =>
            _rows.Aggregate(heading.Length, (width, row) => Math.Max(width, row[column].Length))).ToArray();
        foreach (string[] row in _rows.Prepend(headings))
        {
            var line = new StringBuilder();
            for (int column = 0; column < row.Length; column++)
            {
                line.Append(row[column].PadRight(widths[column] + 2));
            }

            writer.WriteLine(line.ToString().TrimEnd());
        }
    }
}
