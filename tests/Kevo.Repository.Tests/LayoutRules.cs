namespace Kevo.Repository.Tests;

/// <summary>How files are cut: one type each, named after it, of a size a person can read in one go.</summary>
public sealed class LayoutRules
{
    private const int MaxFileLines = 600;
    private const int MaxColumns = 120;
    private const int MaxMethodLines = 70;
    private const int MaxTestMethodLines = 120;

    [Fact]
    public void Every_file_holds_one_type_and_is_named_after_it()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All)
        {
            var structure = new CodeStructure(file);
            if (structure.Types.Distinct().Count() > 1)
            {
                violations.Add(file.Path, $"holds {string.Join(", ", structure.Types)}");
            }
            else if (structure.Types is [string type, ..] && file.Name.Split('.')[0] != type)
            {
                violations.Add(file.Path, $"holds {type}");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Namespaces_follow_the_folders()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All)
        {
            string? declared = new CodeStructure(file).Namespace;
            string expected = ProjectFile.Above(file.Path).NamespaceOf(file.Path);
            if (declared is not null && declared != expected)
            {
                violations.Add(file.Path, $"is in namespace {declared}, its folder says {expected}");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Files_lines_and_methods_stay_readable()
    {
        var violations = new Violations();
        foreach (SourceFile file in SourceFile.All)
        {
            if (file.Lines.Count > MaxFileLines)
            {
                violations.Add(file.Path, $"has {file.Lines.Count} lines; the limit is {MaxFileLines}");
            }

            for (int line = 0; line < file.Lines.Count; line++)
            {
                if (file.Lines[line].Length > MaxColumns)
                {
                    violations.Add(
                        file.Path, line + 1, $"has {file.Lines[line].Length} columns; the limit is {MaxColumns}");
                }
            }

            int limit = file.IsBelow("src") ? MaxMethodLines : MaxTestMethodLines;
            foreach (CodeMember member in new CodeStructure(file).Members)
            {
                // A table of values may be as long as it is; code may not.
                bool isCode = member.Header.Contains('(', StringComparison.Ordinal)
                    && !member.Header.Split('(')[0].Contains('=', StringComparison.Ordinal);
                if (isCode && member.Length > limit)
                {
                    violations.Add(file.Path, member.FirstLine,
                        $"has {member.Length} lines ({member.Header}); the limit is {limit}");
                }
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void No_folder_has_a_name_that_says_nothing()
    {
        string[] empty = ["Internal", "Utils", "Util", "Helpers", "Helper", "Common", "Misc"];
        var violations = new Violations();
        foreach (string path in CheckoutFiles.All)
        {
            if (path.Split('/')[..^1].FirstOrDefault(
                folder => empty.Contains(folder, StringComparer.OrdinalIgnoreCase)) is { } folder)
            {
                violations.Add(path, $"is in a folder named {folder}");
            }
        }

        violations.AssertNone();
    }

    [Fact]
    public void Text_files_end_with_a_line_end_and_have_no_trailing_blanks()
    {
        string[] kinds = [".cs", ".md", ".csproj", ".props", ".proto", ".json", ".yml", ".yaml", ".sh", ".ps1"];
        var violations = new Violations();
        foreach (string path in CheckoutFiles.All.Where(path => kinds.Contains(Path.GetExtension(path))))
        {
            string text = CheckoutFiles.Read(path);
            if (text.Length > 0 && !text.EndsWith('\n'))
            {
                violations.Add(path, "does not end with a line end");
            }

            string[] lines = text.Split('\n');
            for (int line = 0; line < lines.Length; line++)
            {
                if (lines[line].EndsWith(' ') || lines[line].EndsWith('\t') || lines[line].EndsWith('\r'))
                {
                    violations.Add(path, line + 1, "ends with blanks");
                }
            }
        }

        violations.AssertNone();
    }
}
