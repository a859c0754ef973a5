using System.Globalization;
using System.Text.RegularExpressions;

namespace Kevo.Repository.Tests;

/// <summary>Log events have one number each, in the range of their room.</summary>
public sealed partial class EventRules
{
    private static readonly Dictionary<string, (int First, int Last)> Ranges = new()
    {
        ["Kevo.Platform"] = (100, 999),
        ["Kevo.Wire"] = (1000, 1999),
        ["Kevo.Storage"] = (2000, 2999),
        ["Kevo.Replication"] = (3000, 3999),
        ["Kevo.Relay"] = (4000, 4999),
        ["Kevo.Server"] = (5000, 5999),
        ["kevo-replica"] = (6000, 6999),
    };

    [Fact]
    public void Event_numbers_are_unique_and_in_the_range_of_their_room()
    {
        var violations = new Violations();
        var seen = new Dictionary<int, string>();
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("src")))
        {
            foreach (Match found in LogMessage().Matches(file.Code))
            {
                int line = file.LineOf(found.Index);
                if (!int.TryParse(found.Groups[1].Value, CultureInfo.InvariantCulture, out int number))
                {
                    violations.Add(file.Path, line, "a log message without a literal event number");
                    continue;
                }

                (int first, int last) = Ranges[ProjectFile.Above(file.Path).Name];
                if (number < first || number > last)
                {
                    violations.Add(file.Path, line, $"event {number} is outside {first} to {last}");
                }

                if (!seen.TryAdd(number, $"{file.Path}:{line}"))
                {
                    violations.Add(file.Path, line, $"event {number} is also at {seen[number]}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Every_event_is_in_the_manual_with_its_level()
    {
        const string Manual = "docs/OPERATIONS.md";
        string manual = CheckoutFiles.Read(Manual);
        var violations = new Violations();
        int found = 0;
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("src")))
        {
            foreach (Match message in LogMessageLevel().Matches(file.Code))
            {
                found++;
                string row = $"| {message.Groups[1].Value} | {message.Groups[2].Value.ToLowerInvariant()} |";
                if (!manual.Contains(row, StringComparison.Ordinal))
                {
                    violations.Add(file.Path, file.LineOf(message.Index), $"{Manual} has no row \"{row} ...\"");
                }
            }
        }

        Assert.True(found > 50, $"Only {found} log messages were found.");
        violations.AssertNone();
    }

    [GeneratedRegex(@"LoggerMessage\s*\(\s*(?:EventId\s*=\s*)?(\d+)\s*,\s*(?:Level\s*=\s*)?LogLevel\.(\w+)")]
    private static partial Regex LogMessageLevel();

    [GeneratedRegex(@"\[\s*LoggerMessage\s*\(\s*(?:EventId\s*=\s*|eventId\s*:\s*)?(\w*)")]
    private static partial Regex LogMessage();
}
