using System.Text.RegularExpressions;
using Kevo.Testing;

namespace Kevo.Faults.Tests.Failpoints;

/// <summary>The names of all calls to the disk, read from the product's source.</summary>
internal static partial class OperationNames
{
    /// <summary>Names no scenario can reach, each with its reason.</summary>
    public static IReadOnlyDictionary<string, string> Elsewhere { get; } = new Dictionary<string, string>
    {
        ["STOCK:CREATE"] = "nothing in the product writes stock's log files; the writer serves tests",
        ["STOCK:APPEND"] = "as STOCK:CREATE",
        ["STOCK:SYNC"] = "as STOCK:CREATE",
        ["TABLE:ABANDON"] = "removes a table that is not wanted; the store leaves that to its queue of obsolete files",
        ["FILTER:CLEAN"] = "only behind a crash in the rebuild of a filter; the crashes at FILTER:RENAME make it",
        ["SIDECAR:CREATE"] = "the sidecar's host, whose threads and watches need the real system: SidecarKillTests",
        ["SIDECAR:WATCH"] = "as SIDECAR:CREATE",
        ["WATCH:WAIT"] = "a system call below the seam",
        ["FILE:LENGTH"] = "a system call below the seam",
        ["MAPPING:UNMAP"] = "a system call below the seam",
        ["WAL:LIST"] = "a tool that only reads; its error is the command's",
        ["STOCKWAL:LENGTH"] = "as WAL:LIST",
        ["HOST:PORT"] = "no operation: a value's form",
        ["EPOCH:SEQUENCE"] = "no operation: a value's form",
    };

    /// <summary>Every name that code in <c>src/</c> gives to a call.</summary>
    public static IReadOnlyList<string> All { get; } = Find();

    private static List<string> Find()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        string source = Path.Combine(Repository.Root, "src");
        foreach (string path in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(path);
            var replaced = Replaced().Matches(text).Select(static found => found.Groups[1].Value).ToHashSet();
            names.UnionWith(Name().Matches(text).Select(static found => found.Groups[1].Value).Except(replaced));
            names.UnionWith(replaced.SelectMany(static name => new[]
            {
                name + ".CREATE", name + ".WRITE", name + ".SYNC", name + ".RENAME", name + ".SYNCDIR",
            }));
        }

        return [.. names.Where(static name => !Elsewhere.ContainsKey(name))];
    }

    [GeneratedRegex("\"([A-Z]+:[A-Z]+)\"")]
    private static partial Regex Name();

    [GeneratedRegex("ReplaceFile\\(\\s*\"([A-Z:]+)\"")]
    private static partial Regex Replaced();
}
