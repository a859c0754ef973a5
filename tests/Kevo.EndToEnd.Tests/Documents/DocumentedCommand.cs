using System.Text.RegularExpressions;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Documents;

/// <summary>One command of a console block in a document.</summary>
/// <param name="Place">Document and line.</param>
/// <param name="Words">Its words, without prompt and comment.</param>
public sealed partial record DocumentedCommand(string Place, IReadOnlyList<string> Words)
{
    /// <summary>Every command of every document for users.</summary>
    public static IReadOnlyList<DocumentedCommand> All { get; } = [.. Documents().SelectMany(Read)];

    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {string.Join(' ', Words)}";

    private static IEnumerable<string> Documents()
    {
        yield return "README.md";
        string docs = Path.Combine(Repository.Root, "docs");
        foreach (string file in Directory.GetFiles(docs, "*.md").Order(StringComparer.Ordinal))
        {
            yield return Path.GetRelativePath(Repository.Root, file);
        }
    }

    private static IEnumerable<DocumentedCommand> Read(string document)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, document));
        bool inside = false;
        for (int line = 0; line < lines.Length; line++)
        {
            if (lines[line].StartsWith("```", StringComparison.Ordinal))
            {
                inside = lines[line] is "```console";
                Assert.False(
                    lines[line] is "```sh" or "```bash" or "```shell",
                    $"{document}:{line + 1}: commands stand in blocks of the kind console, so that they are run here.");
            }
            else if (inside && Prompt().Match(lines[line]) is { Success: true } command)
            {
                string words = Rest().Replace(command.Groups[1].Value, "");
                yield return new DocumentedCommand(
                    $"{document}:{line + 1}", words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    [GeneratedRegex(@"^[$#] (.*)$")]
    private static partial Regex Prompt();

    // A comment, or where the output goes.
    [GeneratedRegex(@"\s+(# |[>|]).*$")]
    private static partial Regex Rest();
}
