using System.Text.RegularExpressions;

namespace Kevo.Repository.Tests;

/// <summary>What code must not do, found by its words.</summary>
public sealed partial class CodeRules
{
    [Fact]
    public void Nobody_waits_by_sleeping_in_tests_and_in_logic_that_is_simulated() =>
        Find(Sleep(), file =>
            file.IsBelow("tests", "src/Kevo.Storage", "src/Kevo.Core", "src/Kevo.Wire"), "waits by the clock");

    [Fact]
    public void Delays_take_a_clock() =>
        Find(ThreadSleep(), file => file.IsBelow("src", "bench"), "sleeps");

    [Fact]
    public void Logic_takes_its_clock_from_outside() =>
        Find(WallClock(), file => file.IsBelow("src"), "reads the machine's clock");

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        var violations = new Violations();
        foreach (string path in CheckoutFiles.All.Where(IsText)
            .Where(path => !path.StartsWith("tests/Kevo.Repository.Tests/", StringComparison.Ordinal)))
        {
            string[] lines = CheckoutFiles.Read(path).Split('\n');
            for (int line = 0; line < lines.Length; line++)
            {
                if (Unfinished().Match(lines[line]) is { Success: true } found)
                {
                    violations.Add(path, line + 1, $"says {found.Value}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void No_file_names_a_place_of_one_machine()
    {
        var violations = new Violations();
        foreach (string path in CheckoutFiles.All.Where(IsText)
            .Where(path => !path.StartsWith("tests/Kevo.Repository.Tests/", StringComparison.Ordinal)))
        {
            string[] lines = CheckoutFiles.Read(path).Split('\n');
            for (int line = 0; line < lines.Length; line++)
            {
                if (MachinePlace().Match(lines[line]) is { Success: true } found)
                {
                    violations.Add(path, line + 1, $"names {found.Value}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Every_exception_is_caught_only_at_judged_boundaries()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("src")))
        {
            foreach (Match found in CatchEverything().Matches(file.Code))
            {
                if (!Rethrows(file, found) && AllowLists.CatchEverything.All(allowed => allowed.Path != file.Path))
                {
                    violations.Add(file.Path, file.LineOf(found.Index), "catches every exception without a filter");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void No_thread_is_blocked_on_a_task()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("src")))
        {
            foreach (Match found in BlockingWait().Matches(file.Code))
            {
                if (AllowLists.BlockingWaits.All(allowed => allowed.Path != file.Path))
                {
                    violations.Add(file.Path, file.LineOf(found.Index), $"blocks by {found.Value}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Allow_lists_name_files_that_exist()
    {
        var violations = new Violations();
        foreach (AllowedFile allowed in AllowLists.All.Where(allowed => !CheckoutFiles.All.Contains(allowed.Path)))
        {
            violations.Add(allowed.Path, "is on an allow-list but does not exist");
        }

        violations.AssertNone();
    }

    [Fact]
    public void Suppressed_warnings_say_why()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("src")))
        {
            for (int line = 0; line < file.Lines.Count; line++)
            {
                bool suppresses = file.Lines[line].Contains("#pragma warning disable", StringComparison.Ordinal)
                    || file.Lines[line].Contains("SuppressMessage(", StringComparison.Ordinal);
                bool explained = file.Lines[line].Contains("//", StringComparison.Ordinal)
                    || file.Lines[line].Contains("Justification", StringComparison.Ordinal)
                    || (line > 0 && file.Lines[line - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));
                if (suppresses && !explained)
                {
                    violations.Add(file.Path, line + 1, "suppresses a warning without a reason");
                }
            }
        }

        violations.AssertNone();
    }

    // Cleaning up and letting the exception go on swallows nothing.
    private static bool Rethrows(SourceFile file, Match found)
    {
        int open = file.Code.IndexOf('{', found.Index);
        int close = open;
        for (int depth = 0; close < file.Code.Length; close++)
        {
            depth += file.Code[close] == '{' ? 1 : file.Code[close] == '}' ? -1 : 0;
            if (depth == 0)
            {
                break;
            }
        }

        return file.Code.AsSpan(open, close - open).TrimEnd().EndsWith("throw;");
    }

    private static bool IsText(string path) =>
        Path.GetExtension(
            path) is ".cs" or ".md" or ".csproj" or ".props" or ".targets" or ".proto" or ".json" or ".yml" or ".yaml"
            or ".ps1" or ".sh" or ".service" or ".html" or ".js" or ".css"
                || Path.GetFileName(path) is "run" or "Containerfile";

    private static void Find(Regex words, Func<SourceFile, bool> where, string what)
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All.Where(where))
        {
            foreach (Match found in words.Matches(file.Code))
            {
                violations.Add(file.Path, file.LineOf(found.Index), $"{what}: {found.Value}");
            }
        }

        violations.AssertNone();
    }

    [GeneratedRegex(@"\b(Thread\.Sleep|Task\.Delay|SpinWait\.SpinUntil)\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bThread\.Sleep\b|\bTask\.Delay\s*\((?![^;]*(time|Time|clock|Clock))")]
    private static partial Regex ThreadSleep();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Now|UtcNow|Today)\b|\bEnvironment\.TickCount(64)?\b")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"/work/|/tmp/bash|/root/|/home/\w+/")]
    private static partial Regex MachinePlace();

    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\.)?Exception(\s+\w+)?\s*\)\s*(?!\s*when\b)|(?=\{))")]
    private static partial Regex CatchEverything();

    [GeneratedRegex(@"\.GetAwaiter\(\)\s*\.GetResult\(\)|(?<=\w)\.Wait\(\s*\)|\.Result\b(?!\s*[=(])")]
    private static partial Regex BlockingWait();
}
