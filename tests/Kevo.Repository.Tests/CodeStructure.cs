using System.Text.RegularExpressions;

namespace Kevo.Repository.Tests;

/// <summary>
/// The namespace, the top-level types and the members of a file. It reads braces and semicolons, not the language:
/// enough for the rules here, fast, and without a compiler.
/// </summary>
public sealed partial class CodeStructure
{
    private readonly SourceFile _file;
    private readonly string _code;
    private readonly List<string> _types = [];
    private readonly List<CodeMember> _members = [];

    /// <summary>Reads the structure of a file.</summary>
    public CodeStructure(SourceFile file)
    {
        _file = file;
        _code = BlankDirectives(file.Code);
        ReadScope(0, insideType: false);
    }

    /// <summary>The namespace, or null for a file of top-level statements.</summary>
    public string? Namespace { get; private set; }

    /// <summary>
    /// Names of the types declared in the namespace, except file-local ones; generic ones without parameters.
    /// </summary>
    public IReadOnlyList<string> Types => _types;

    /// <summary>The members of all types, nested ones included.</summary>
    public IReadOnlyList<CodeMember> Members => _members;

    // Reads declarations up to the brace that closes the scope; returns the offset after it.
    private int ReadScope(int at, bool insideType)
    {
        int start = at;
        int depth = 0;
        bool afterBlock = false;
        for (; at < _code.Length; at++)
        {
            switch (_code[at])
            {
                case '(' or '[':
                    depth++;
                    break;
                case ')' or ']':
                    depth--;
                    break;
                case ';' when depth == 0:
                    Close(start, at, insideType);
                    start = at + 1;
                    afterBlock = false;
                    break;
                case '}' when depth == 0:
                    return at + 1;
                case '{' when depth == 0:
                    Match declared = TypeDeclaration().Match(_code[start..at]);
                    if (declared.Success || IsNamespace(start, at))
                    {
                        Note(declared, insideType);
                        at = ReadScope(at + 1, insideType || declared.Success) - 1;
                        start = at + 1;
                        break;
                    }

                    at = SkipBlock(at) - 1;
                    afterBlock = true;
                    break;
                default:
                    break;
            }

            // A block ends its member unless an initializer, a chain or a comma goes on after it.
            if (afterBlock && _code[at] == '}'
                && NextSign(at + 1) is not ('=' or ';' or '.' or ',' or ')' or ']' or '?' or '!'))
            {
                Close(start, at, insideType);
                start = at + 1;
                afterBlock = false;
            }
        }

        return at;
    }

    private bool IsNamespace(int start, int end)
    {
        Match found = NamespaceDeclaration().Match(_code[start..end]);
        Namespace = found.Success ? found.Groups[1].Value : Namespace;
        return found.Success;
    }

    private void Note(Match declared, bool insideType)
    {
        if (declared.Success && !insideType && !declared.Groups[1].Value.Contains("file ", StringComparison.Ordinal))
        {
            _types.Add(declared.Groups[3].Value);
        }
    }

    private void Close(int start, int end, bool insideType)
    {
        string text = _code[start..end];
        if (!insideType)
        {
            if (!IsNamespace(start, end))
            {
                // A delegate, or a record without a body.
                Note(TypeDeclaration().Match(text), insideType);
            }

            return;
        }

        int first = start + text.Length - text.TrimStart().Length;
        string header = text.Trim().Split('{')[0].Split("=>")[0];
        _members.Add(new CodeMember(
            string.Join(' ', header.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            _file.LineOf(first),
            _file.LineOf(Math.Min(end, _code.Length - 1))));
    }

    private int SkipBlock(int at)
    {
        int depth = 0;
        for (; at < _code.Length; at++)
        {
            depth += _code[at] == '{' ? 1 : _code[at] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return at + 1;
            }
        }

        return at;
    }

    private char NextSign(int at)
    {
        while (at < _code.Length && char.IsWhiteSpace(_code[at]))
        {
            at++;
        }

        return at < _code.Length ? _code[at] : '\0';
    }

    private static string BlankDirectives(string code) =>
        Directive().Replace(code, found => new string(' ', found.Length));

    [GeneratedRegex(@"^[ \t]*#.*$", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"\bnamespace\s+([\w.]+)")]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(
        @"(?:^|\s)((?:(?:public|internal|private|protected|static|sealed|abstract|partial|readonly|ref|file)\s+)*)"
        + @"(class|struct|interface|enum|record\s+struct|record\s+class|record|delegate\s+[\w<>\[\]?,. ]+?)"
        + @"\s+(\w+)\s*(?=[<({:;]|where\b|\s*$)")]
    private static partial Regex TypeDeclaration();
}
