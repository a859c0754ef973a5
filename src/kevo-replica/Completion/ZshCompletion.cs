using System.Text;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Completion;

/// <summary>The script for zsh, for a file in <c>$fpath</c> or to be sourced.</summary>
internal static class ZshCompletion
{
    /// <summary>The script.</summary>
    public static string Of(IReadOnlyList<CommandEntry> commands)
    {
        var script = new StringBuilder("""
            #compdef kevo-replica
            # Completion of kevo-replica for zsh. Load it with: source <(kevo-replica completion zsh)

            """);
        foreach (CommandEntry entry in commands)
        {
            AppendFunction(script, commands, entry);
        }

        AppendChoice(script, "", [.. commands.Where(entry => !entry.Path.Contains(' ', StringComparison.Ordinal))]);
        return script.Append("""
            if [[ $funcstack[1] == _kevo_replica ]]; then
              _kevo_replica "$@"
            else
              compdef _kevo_replica kevo-replica
            fi

            """).ToString();
    }

    private static void AppendFunction(StringBuilder script, IReadOnlyList<CommandEntry> commands, CommandEntry entry)
    {
        if (entry.Command.Children.Count > 0)
        {
            AppendChoice(
                script, entry.Path,
                [.. commands.Where(child => child.Path.StartsWith(entry.Path + " ", StringComparison.Ordinal))]);
            return;
        }

        script.Append($"{Function(entry.Path)}() {{\n  _arguments \\\n    '--help[Show help.]'");
        foreach (Setting setting in entry.Settings)
        {
            script.Append($" \\\n    '{setting.Flag}{Value(setting)}'");
        }

        for (int place = 0; place < entry.Command.Arguments.Count; place++)
        {
            CommandArgument argument = entry.Command.Arguments[place];
            string offer = argument.Choices.Count > 0 ? $"({string.Join(' ', argument.Choices)})"
                : argument.Name == "DIR" ? "_files -/" : "";
            script.Append($" \\\n    '{place + 1}:{argument.Name}:{offer}'");
        }

        script.Append("\n}\n");
    }

    private static void AppendChoice(StringBuilder script, string path, IReadOnlyList<CommandEntry> children)
    {
        script.Append($"{Function(path)}() {{\n  local context state line\n  local -a commands\n  commands=(\n");
        foreach (CommandEntry child in children)
        {
            script.Append($"    '{child.Command.Name}:{Quoted(child.Command.Summary)}'\n");
        }

        script.Append("""
              )
              _arguments -C '--help[Show help.]' '1:command:->command' '*::argument:->argument'
              case $state in
                command) _describe -t commands command commands;;
                argument)
                  case $words[1] in

            """);
        foreach (CommandEntry child in children)
        {
            script.Append($"        {child.Command.Name}) {Function(child.Path)};;\n");
        }

        script.Append("      esac;;\n  esac\n}\n");
    }

    private static string Value(Setting setting)
    {
        string help = $"[{Quoted(setting.Help)}]";
        return ValueKinds.Of(setting) switch
        {
            ValueKind.None => help,
            ValueKind.Words => $"={help}:{setting.ValueName}:({string.Join(' ', setting.Choices)})",
            ValueKind.File => $"={help}:{setting.ValueName}:_files",
            ValueKind.Directory => $"={help}:{setting.ValueName}:_files -/",
            _ => $"={help}:{Quoted(setting.ValueName)}:",
        };
    }

    private static string Function(string path) =>
        path.Length == 0 ? "_kevo_replica" : "_kevo_replica_" + path.Replace(' ', '_').Replace('-', '_');

    // What _arguments and _describe take for marks of their own, and the quote that ends a word.
    private static string Quoted(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal)
        .Replace("]", "\\]", StringComparison.Ordinal)
        .Replace("'", "'\\''", StringComparison.Ordinal);
}
