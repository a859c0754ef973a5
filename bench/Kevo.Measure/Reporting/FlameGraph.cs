using System.Globalization;
using System.Net;
using System.Text;

namespace Kevo.Measure.Reporting;

/// <summary>
/// Draws a call tree: one row for each depth, callers above what they call, the width of a box being its share of the
/// samples. The whole name and the share stand in each box's title, which browsers show under the pointer.
/// </summary>
public static class FlameGraph
{
    private const double Width = 1180;
    private const double Margin = 10;
    private const int Row = 17;
    private const int Top = 56;
    private const double Narrowest = 0.5;
    private const double CharacterWidth = 6.2;

    /// <summary>The picture as SVG.</summary>
    public static string Draw(FlameNode root, string title, string description)
    {
        ArgumentNullException.ThrowIfNull(root);
        var boxes = new StringBuilder();
        int depth = 0;
        double x = Margin;
        foreach (FlameNode callee in root.Callees)
        {
            depth = Math.Max(depth, Append(boxes, callee, root.Samples, x, 0));
            x += WidthOf(callee, root.Samples);
        }

        int height = Top + ((depth + 1) * Row) + 12;
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width + (2 * Margin)} {height}"
                 font-family="ui-monospace, monospace" font-size="10">
              <rect width="100%" height="100%" fill="#ffffff"/>
              <text x="10" y="24" font-size="16" font-weight="600" fill="#1b1f24">{WebUtility.HtmlEncode(title)}</text>
              <text x="10" y="42" font-size="11" fill="#57606a">{WebUtility.HtmlEncode(description)}</text>
            {boxes}</svg>

            """);
    }

    private static double WidthOf(FlameNode node, long all) => node.Samples * Width / all;

    // Returns the depth of the deepest box drawn.
    private static int Append(StringBuilder boxes, FlameNode node, long all, double x, int depth)
    {
        double width = WidthOf(node, all);
        if (width < Narrowest)
        {
            return depth;
        }

        int y = Top + (depth * Row);
        string name = WebUtility.HtmlEncode(node.Name);
        boxes.Append(
            CultureInfo.InvariantCulture,
            $"""
              <g><title>{name} ({100.0 * node.Samples / all:0.0} %)</title><rect x="{x:0.#}" y="{y}" width="{width:0.#}"
            """).Append(
            CultureInfo.InvariantCulture, $" height=\"16\" fill=\"{Colour(node.Name)}\" stroke=\"#fff\"/>");
        int fits = (int)((width - 4) / CharacterWidth);
        if (fits >= 4)
        {
            string label = node.Name.Length <= fits ? node.Name : node.Name[..(fits - 1)] + "…";
            label = WebUtility.HtmlEncode(label);
            boxes.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 2:0.#}\" y=\"{y + 12}\">{label}</text>");
        }

        boxes.Append("</g>\n");
        int deepest = depth;
        foreach (FlameNode callee in node.Callees)
        {
            deepest = Math.Max(deepest, Append(boxes, callee, all, x, depth + 1));
            x += WidthOf(callee, all);
        }

        return deepest;
    }

    // By room; the kernel and everything that is not ours have colours of their own.
    private static string Colour(string name) => name switch
    {
        _ when name.StartsWith("Kevo.Wire", StringComparison.Ordinal) => "#9ad29b",
        _ when name.StartsWith("Kevo.Replication", StringComparison.Ordinal) => "#8fb8ea",
        _ when name.StartsWith("Kevo.Storage", StringComparison.Ordinal) => "#f0c36d",
        _ when name.StartsWith("Kevo.", StringComparison.Ordinal) => "#c9b3ea",
        _ when name.StartsWith("kernel: ", StringComparison.Ordinal) => "#eba394",
        _ => "#d9dce0",
    };
}
