namespace Kevo.Testing.Proof;

/// <summary>
/// A table of a document that a test makes: it stands between two comments, and must be what the test found.
/// With <c>KEVO_UPDATE_DOCS=1</c> the document is changed instead.
/// </summary>
public static class GeneratedTable
{
    /// <summary>Compares the table of a document with the lines it must have.</summary>
    /// <param name="document">The document's path in the checkout.</param>
    /// <param name="name">Names the table in its comments: <c>&lt;!-- begin NAME --&gt;</c>.</param>
    /// <param name="lines">The table, head and all.</param>
    /// <exception cref="InvalidOperationException">The document says something else.</exception>
    public static void Require(string document, string name, IEnumerable<string> lines)
    {
        string path = Path.Combine(Repository.Root, document);
        string text = File.ReadAllText(path);
        string begin = $"<!-- begin {name} -->\n";
        string end = $"<!-- end {name} -->";
        int from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int to = text.IndexOf(end, StringComparison.Ordinal);
        if (from < begin.Length || to < from)
        {
            throw new InvalidOperationException($"{document} has no place for the table {name}.");
        }

        string expected = string.Concat(lines.Select(static line => line + "\n"));
        if (text[from..to] == expected)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("KEVO_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, text[..from] + expected + text[to..]);
            return;
        }

        throw new InvalidOperationException(
            $"The table {name} of {document} is not what was found; run this test with KEVO_UPDATE_DOCS=1.\n"
            + $"Found:\n{expected}\nWritten:\n{text[from..to]}");
    }
}
