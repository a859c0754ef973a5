using System.Text.RegularExpressions;
using Kevo.Core.Testing;

namespace Kevo.Repository.Tests;

/// <summary>Bugs put in on purpose stay where they belong: in the builds of the tests, each at one place.</summary>
public sealed partial class PlantedBugRules
{
    private const string Switch = "src/Kevo.Core/Testing/PlantedBugs.cs";
    private const string Clock = "src/Kevo.Platform/ProcessTime.cs";
    private const string Names = "src/Kevo.Core/Testing/PlantedBug.cs";

    [Fact]
    public void Only_debug_builds_that_are_not_published_define_the_symbol()
    {
        const string Expected =
            "  <PropertyGroup Condition=\"('$(Configuration)' == '' Or '$(Configuration)' == 'Debug')"
            + " And '$(_IsPublishing)' != 'true'\">\n"
            + "    <DefineConstants>$(DefineConstants);PLANTED_BUGS</DefineConstants>\n";
        Assert.Contains(Expected, CheckoutFiles.Read("Directory.Build.props"), StringComparison.Ordinal);
        string[] naming = [.. CheckoutFiles.All
            .Where(static path => Path.GetExtension(path) is ".cs" or ".csproj" or ".props" or ".targets")
            .Where(static path => !path.StartsWith("tests/Kevo.Repository.Tests/", StringComparison.Ordinal))
            .Where(static path => CheckoutFiles.Read(path).Contains("PLANTED_BUGS", StringComparison.Ordinal))];
        Assert.Equal(["Directory.Build.props", Switch, Clock], naming.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_the_symbol_the_answer_is_a_constant()
    {
        string other = CheckoutFiles.Read(Switch).Split("#else")[1];
        Assert.Equal(1, other.Split("Has(").Length - 1);
        Assert.Contains("public static bool Has(PlantedBug bug) => false;", other, StringComparison.Ordinal);
        string time = CheckoutFiles.Read(Clock).Split("#else")[1];
        Assert.Contains("public static TimeProvider Source => TimeProvider.System;", time, StringComparison.Ordinal);
    }

#if DEBUG
    [Fact]
    public void Debug_builds_can_have_bugs() => Assert.True(PlantedBugs.CanBePlanted);
#else
    [Fact]
    public void Release_builds_cannot_have_bugs() => Assert.False(PlantedBugs.CanBePlanted);
#endif

    [Fact]
    public void Every_bug_is_planted_somewhere_and_asked_for_in_no_other_way()
    {
        var violations = new Violations();
        var asked = new HashSet<string>();
        foreach (SourceFile file in SourceFile.All.Where(static file => file.IsBelow("src") && file.Path != Switch))
        {
            foreach (Match found in Mention().Matches(file.Code))
            {
                string name = found.Groups["name"].Value;
                asked.Add(name);
                if (!found.Groups["asked"].Success || !Enum.IsDefined(Enum.Parse<PlantedBug>(name)))
                {
                    violations.Add(file.Path, file.LineOf(found.Index), $"mentions {name} without asking for it");
                }
            }
        }

        foreach (string name in Enum.GetNames<PlantedBug>().Where(name => name != "None" && !asked.Contains(name)))
        {
            violations.Add(Names, $"{name} is planted nowhere");
        }

        violations.AssertNone();
    }

    [GeneratedRegex(@"(?<asked>PlantedBugs\.Has\()?\bPlantedBug\.(?<name>\w+)")]
    private static partial Regex Mention();
}
