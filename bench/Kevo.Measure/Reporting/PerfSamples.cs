using System.Text.RegularExpressions;

namespace Kevo.Measure.Reporting;

/// <summary>Reads what <c>perf script</c> prints into a call tree.</summary>
public static partial class PerfSamples
{
    /// <summary>
    /// Reads all samples. A sample is a line that begins at the margin, then a line for each function, the innermost
    /// first: address, name, and the file in brackets. An empty line ends it.
    /// </summary>
    public static FlameNode Read(TextReader samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var root = new FlameNode("all");
        List<string> calls = [];
        while (samples.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                AddSample(root, calls);
            }
            else if (line[0] is ' ' or '\t' && Frame().Match(line) is { Success: true } frame)
            {
                calls.Add(Name(frame.Groups[1].Value, frame.Groups[2].Value));
            }
        }

        AddSample(root, calls);
        return root;
    }

    private static void AddSample(FlameNode root, List<string> calls)
    {
        calls.Reverse();

        // How a thread of the pool comes to its work is the same everywhere, and says nothing.
        int first = calls.FindLastIndex(static name => name.Contains("ThreadPoolWorkQueue", StringComparison.Ordinal));
        calls.RemoveRange(0, first + 1);
        calls.RemoveAll(static name => name == "[unknown]" || Scaffolding().IsMatch(name));
        if (calls.Count > 0)
        {
            root.Add(calls.ToArray());
        }

        calls.Clear();
    }

    // Names of compiled methods: the library, then the full name of the type, dots written as underscores.
    private static string Name(string symbol, string file)
    {
        if (file.StartsWith("[kernel", StringComparison.Ordinal))
        {
            return "kernel: " + symbol;
        }

        Match ours = Library().Match(symbol);
        return ours.Success
            ? $"Kevo.{ours.Groups[1].Value}.{ours.Groups[2].Value.Replace("__", ".", StringComparison.Ordinal)}"
            : symbol;
    }

    [GeneratedRegex(@"^\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)$")]
    private static partial Regex Frame();

    [GeneratedRegex("^Kevo_([A-Z][a-z]+)_Kevo_\\1_(.*)$")]
    private static partial Regex Library();

    [GeneratedRegex("AsyncMethodBuilder|AsyncTaskMethodBuilder|AsyncValueTaskMethodBuilder|ExecutionContext|AwaitTask"
        + "|AsyncStateMachineBox|RunOrSchedule|TaskContinuation|RunContinuations|StartThread|start_thread|clone3")]
    private static partial Regex Scaffolding();
}
