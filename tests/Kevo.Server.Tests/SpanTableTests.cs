using Kevo.Core.Tracing;
using Kevo.Testing;

namespace Kevo.Server.Tests;

/// <summary>The manual lists the spans as the table has them.</summary>
public sealed class SpanTableTests
{
    [Fact]
    public void The_documentation_lists_exactly_the_table()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "OPERATIONS.md"));
        int from = Array.IndexOf(lines, "| Span | Kind | Sent | Attributes | Meaning |");
        Assert.True(from >= 0, "docs/OPERATIONS.md has no table of spans.");
        Assert.Equal(
            SpanTable.All.Select(RowOf),
            lines.Skip(from + 2).TakeWhile(line => line.StartsWith('|')));
    }

    private static string RowOf(SpanDefinition span) =>
        $"| `{span.Name}` | {span.Kind.ToString().ToLowerInvariant()} | {(span.IsFrequent ? "by share" : "always")} | "
        + $"{string.Join(", ", span.Attributes.Select(name => $"`{name}`"))} | {span.Meaning} |";
}
