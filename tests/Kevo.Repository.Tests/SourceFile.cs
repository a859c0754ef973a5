using System.Text;
using Kevo.Testing;

namespace Kevo.Repository.Tests;

/// <summary>
/// A C# file of the checkout: as it is, and with comments and texts blanked so that rules see only code.
/// </summary>
public sealed class SourceFile
{
    private SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Lines = text.Split('\n');
        Code = Blank(text);
    }

    /// <summary>Relative to the checkout, with slashes.</summary>
    public string Path { get; }

    /// <summary>The file's name without its directory.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The content.</summary>
    public string Text { get; }

    /// <summary>The content by line.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>
    /// The content with every comment and every text between quotes replaced by blanks; same offsets, same lines.
    /// </summary>
    public string Code { get; }

    /// <summary>Whether it is below one of the folders.</summary>
    public bool IsBelow(params ReadOnlySpan<string> folders)
    {
        foreach (string folder in folders)
        {
            if (Path.StartsWith(folder + "/", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The line (from 1) that holds the offset.</summary>
    public int LineOf(int offset) => Text.AsSpan(0, offset).Count('\n') + 1;

    /// <summary>Reads all C# files below src, bench and tests.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
        [.. CheckoutFiles.All.Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).Select(Read)];

    /// <summary>Takes content that is no file; the rules are tested with it.</summary>
    public static SourceFile FromText(string path, string text) => new(path, text);

    private static SourceFile Read(string path) =>
        new(path, File.ReadAllText(System.IO.Path.Combine(Kevo.Testing.Repository.Root, path)));

    private static string Blank(string text)
    {
        var code = new StringBuilder(text);
        int at = 0;
        while (at < text.Length)
        {
            at = Step(text, at, code);
        }

        return code.ToString();
    }

    // Looks at one comment, text, character or other sign; returns the offset after it.
    private static int Step(string text, int at, StringBuilder code)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
        {
            int end = rest.IndexOf('\n');
            return Erase(code, text, at, end < 0 ? text.Length : at + end);
        }

        if (rest.StartsWith("/*"))
        {
            int end = rest[2..].IndexOf("*/");
            return Erase(code, text, at, end < 0 ? text.Length : at + end + 4);
        }

        if (rest[0] == '\'')
        {
            int end = at + 1;
            while (end < text.Length && text[end] != '\'' && text[end] != '\n')
            {
                end += text[end] == '\\' ? 2 : 1;
            }

            return Erase(code, text, at, Math.Min(end + 1, text.Length));
        }

        int prefix = rest.IndexOfAnyExcept('$', '@');
        if (rest[0] is '$' or '@' or '"' && prefix >= 0 && rest[prefix] == '"')
        {
            return EraseText(code, text, at, prefix);
        }

        return at + 1;
    }

    private static int EraseText(StringBuilder code, string text, int start, int prefix)
    {
        int dollars = text.AsSpan(start, prefix).Count('$');
        bool verbatim = text.AsSpan(start, prefix).Contains('@');
        int quote = start + prefix;
        int quotes = text.AsSpan(quote).IndexOfAnyExcept('"') is var run && run < 0 ? text.Length - quote : run;
        bool raw = quotes >= 3;
        if (!raw && quotes == 2)
        {
            return Erase(code, text, start, quote + 2);
        }

        int at = quote + (raw ? quotes : 1);
        while (at < text.Length)
        {
            char sign = text[at];
            if (sign == '"' && raw)
            {
                int closing = Run(text, at, '"');
                if (closing >= quotes)
                {
                    return Erase(code, text, start, at + closing);
                }

                at += closing;
            }
            else if (sign == '"' && verbatim && Run(text, at, '"') >= 2)
            {
                at += 2;
            }
            else if (sign == '"')
            {
                return Erase(code, text, start, at + 1);
            }
            else if (sign == '\\' && !verbatim && !raw)
            {
                at += 2;
            }
            else if (sign == '{' && dollars > 0 && Run(text, at, '{') is var braces)
            {
                bool hole = raw ? braces >= dollars : braces % 2 == 1;
                at = hole ? SkipHole(text, at + braces, raw ? dollars : 1) : at + braces;
            }
            else
            {
                at++;
            }
        }

        return Erase(code, text, start, text.Length);
    }

    // The code between the braces of an interpolated text may hold texts of its own; it is erased with the whole.
    private static int SkipHole(string text, int at, int braces)
    {
        var ignored = new StringBuilder(text);
        int depth = 0;
        while (at < text.Length)
        {
            if (text[at] == '{')
            {
                depth++;
            }
            else if (text[at] == '}' && depth-- == 0)
            {
                return at + braces;
            }

            at = Step(text, at, ignored);
        }

        return at;
    }

    private static int Run(string text, int at, char sign)
    {
        int length = text.AsSpan(at).IndexOfAnyExcept(sign);
        return length < 0 ? text.Length - at : length;
    }

    private static int Erase(StringBuilder code, string text, int from, int to)
    {
        for (int at = from; at < to; at++)
        {
            if (text[at] != '\n')
            {
                code[at] = ' ';
            }
        }

        return to;
    }
}
