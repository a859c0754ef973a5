using System.Text.RegularExpressions;
using Kevo.Testing;

namespace Kevo.Repository.Tests;

/// <summary>Documents stay connected to what they describe.</summary>
public sealed partial class DocumentationRules
{
    [Fact]
    public void Every_room_has_a_document_that_names_its_folders()
    {
        var violations = new Violations();
        foreach (ProjectFile project in ProjectFile.All
            .Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal)))
        {
            string readme = project.Directory + "/README.md";
            if (!CheckoutFiles.All.Contains(readme))
            {
                violations.Add(project.Path, "has no README.md beside it");
                continue;
            }

            string text = CheckoutFiles.Read(readme);
            foreach (string folder in Folders(project.Directory)
                .Where(folder => !text.Contains($"`{folder}/`", StringComparison.Ordinal)))
            {
                violations.Add(readme, $"does not name `{folder}/`");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var violations = new Violations();
        foreach (string path in CheckoutFiles.All.Where(path => path.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match found in Link().Matches(CheckoutFiles.Read(path)))
            {
                string target = found.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)
                    || target.StartsWith("mailto:", StringComparison.Ordinal))
                {
                    continue;
                }

                string full =
                    Path.GetFullPath(Path.Combine(Kevo.Testing.Repository.Root, Path.GetDirectoryName(path)!, target));
                if (!File.Exists(full) && !Directory.Exists(full))
                {
                    violations.Add(path, $"links to {target}, which does not exist");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Every_test_that_a_document_names_exists()
    {
        var tests = new HashSet<string>(StringComparer.Ordinal);
        foreach (SourceFile file in SourceFile.All.Where(file => file.IsBelow("tests")))
        {
            tests.UnionWith(TestMethod().Matches(file.Code).Select(found => found.Groups[1].Value));
        }

        var violations = new Violations();
        int named = 0;
        foreach (string path in CheckoutFiles.All.Where(path => path.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match found in TestName().Matches(CheckoutFiles.Read(path)))
            {
                named++;
                if (!tests.Contains(found.Groups[1].Value))
                {
                    violations.Add(path, $"names the test {found.Groups[1].Value}, which does not exist");
                }
            }
        }

        violations.AssertNone();
        Assert.True(named > 50, $"only {named} names of tests were found in the documents");
    }

    private static IEnumerable<string> Folders(string directory) =>
        CheckoutFiles.All
            .Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal))
            .Select(path => path[(directory.Length + 1)..].Split('/'))
            .Where(parts => parts.Length > 1)
            .Select(parts => parts[0])
            .Distinct();

    [GeneratedRegex(@"`((?=\w*[a-z])[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\bpublic\s+(?:async\s+)?[\w<>.]+\s+(\w+_\w+)\s*\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
