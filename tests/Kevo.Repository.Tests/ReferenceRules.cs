using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kevo.Repository.Tests;

/// <summary>Which room may use which: the table of docs/ARCHITECTURE.md, for projects and for folders.</summary>
public sealed partial class ReferenceRules
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kevo.Core"] = [],
        ["Kevo.Platform"] = ["Kevo.Core"],
        ["Kevo.Wire"] = ["Kevo.Core", "Kevo.Platform"],
        ["Kevo.Storage"] = ["Kevo.Core", "Kevo.Platform"],
        ["Kevo.Replication"] = ["Kevo.Core", "Kevo.Platform", "Kevo.Wire", "Kevo.Storage"],
        ["Kevo.Relay"] = ["Kevo.Core", "Kevo.Platform", "Kevo.Wire", "Kevo.Storage"],
        ["Kevo.Server"] = ["Kevo.Core", "Kevo.Platform", "Kevo.Wire", "Kevo.Storage", "Kevo.Replication"],
        ["kevo-replica"] =
        [
            "Kevo.Core", "Kevo.Platform", "Kevo.Wire", "Kevo.Storage", "Kevo.Replication", "Kevo.Relay", "Kevo.Server",
        ],
    };

    // Files below the folder must not name these namespaces. Arrows inside a room point the same way as between rooms.
    private static readonly (string Folder, string[] Forbidden)[] Arrows =
    [
        ("src/Kevo.Storage/Log", ["Kevo.Storage.Memtable", "Kevo.Storage.Tables", "Kevo.Storage.Compaction",
            "Kevo.Storage.Store", "Kevo.Storage.Kevo"]),
        ("src/Kevo.Storage/Memtable",
            ["Kevo.Storage.Tables", "Kevo.Storage.Compaction", "Kevo.Storage.Store", "Kevo.Storage.Kevo"]),
        ("src/Kevo.Storage/Tables", ["Kevo.Storage.Log", "Kevo.Storage.Memtable", "Kevo.Storage.Compaction",
            "Kevo.Storage.Store", "Kevo.Storage.Kevo"]),
        ("src/Kevo.Storage/Compaction",
            ["Kevo.Storage.Log", "Kevo.Storage.Memtable", "Kevo.Storage.Store", "Kevo.Storage.Kevo"]),
        ("src/Kevo.Replication", ["Kevo.Storage.Log", "Kevo.Storage.Memtable", "Kevo.Storage.Tables",
            "Kevo.Storage.Compaction", "Kevo.Storage.Store", "Kevo.Storage.Kevo"]),
        ("src/Kevo.Replication/Sequencing",
            ["Kevo.Replication.Follow", "Kevo.Replication.Session", "Kevo.Replication.Bootstrap"]),
        ("src/Kevo.Replication/Session", ["Kevo.Replication.Follow", "Kevo.Replication.Bootstrap"]),
    ];

    [Fact]
    public void Projects_refer_only_to_the_rooms_below_them()
    {
        var violations = new Violations();
        foreach (ProjectFile project in ProjectFile.All
            .Where(project => project.Path.StartsWith("src/", StringComparison.Ordinal)))
        {
            Assert.True(
                Allowed.TryGetValue(project.Name, out string[]? allowed), $"{project.Name} is not in the table.");
            foreach (string reference in project.References.Except(allowed))
            {
                violations.Add(project.Path, $"refers to {reference}");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Folders_use_only_what_is_below_them()
    {
        var violations = new Violations();
        foreach ((string folder, string[] forbidden) in Arrows)
        {
            foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow(folder)))
            {
                foreach (string name in forbidden)
                {
                    int at = Regex.Match(file.Code, $@"(?<![\w.]){Regex.Escape(name)}(?![\w])").Index;
                    if (at > 0)
                    {
                        violations.Add(file.Path, file.LineOf(at), $"uses {name}");
                    }
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Pointers_are_allowed_in_one_project_only() =>
        Assert.Equal(
            ["Kevo.Platform"], ProjectFile.All.Where(project => project.AllowsUnsafe).Select(project => project.Name));

    [Fact]
    public void Pointers_and_native_calls_appear_in_one_project_only()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All
            .Where(file => file.IsBelow("src") && !file.IsBelow("src/Kevo.Platform")))
        {
            foreach (Match found in NativeCall().Matches(file.Code))
            {
                if (AllowLists.Native.All(allowed => allowed.Path != file.Path))
                {
                    violations.Add(file.Path, file.LineOf(found.Index), $"uses {found.Value.Trim()}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void The_disk_is_reached_through_the_platform_only()
    {
        string[] rooms = ["src/Kevo.Core", "src/Kevo.Wire", "src/Kevo.Storage", "src/Kevo.Replication",
            "src/Kevo.Relay", "src/Kevo.Server"];
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow(rooms)))
        {
            foreach (Match found in DiskCall().Matches(file.Code))
            {
                violations.Add(file.Path, file.LineOf(found.Index), $"uses {found.Value}");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Package_versions_are_central_and_every_one_is_used()
    {
        var central = XDocument.Parse(CheckoutFiles.Read("Directory.Packages.props"))
            .Descendants("PackageVersion").Select(version => version.Attribute("Include")!.Value).ToHashSet();
        var used = ProjectFile.All.SelectMany(project => project.Packages).ToHashSet();
        Assert.Empty(central.Except(used));
        Assert.Empty(used.Except(central));
        foreach (ProjectFile project in ProjectFile.All)
        {
            Assert.False(
                CheckoutFiles.Read(project.Path).Contains("Version=\"", StringComparison.Ordinal), project.Path);
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = CheckoutFiles.Read("Kevo.Native.sln").Replace('\\', '/');
        Assert.All(ProjectFile.All, project => Assert.Contains(project.Path, solution, StringComparison.Ordinal));
    }

    [GeneratedRegex(
        @"\b(unsafe|stackalloc\s*\*|fixed\s*\(|DllImport|LibraryImport|Marshal\s*\.|NativeMemory|Unsafe\s*\.)")]
    private static partial Regex NativeCall();

    [GeneratedRegex(
        @"(?<![\w.])(System\.IO\.)?((File|Directory)\s*\.\s*(Exists|Create|Delete|Move|Get|Enumerate|Open|Read|Write"
        + @"|Append|Copy|Replace|Set)\w*\(|(RandomAccess|MemoryMappedFile)\s*\."
        + @"|new\s+(FileStream|FileInfo|DirectoryInfo)\b)")]
    private static partial Regex DiskCall();
}
