using System.Text;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Completion;

/// <summary>The script for fish.</summary>
internal static class FishCompletion
{
    private const string Begin = "complete -c kevo-replica";

    /// <summary>The script.</summary>
    public static string Of(IReadOnlyList<CommandEntry> commands)
    {
        var script = new StringBuilder($"""
            # Completion of kevo-replica for fish. Load it with: kevo-replica completion fish | source
            {Begin} -f
            {Begin} -l help -d 'Show help.'

            """);
        foreach (CommandEntry entry in commands)
        {
            string[] path = entry.Path.Split(' ');
            string before = path.Length == 1 ? "__fish_use_subcommand" : Inside(commands, path[..^1]);
            script.Append($"{Begin} -n '{before}' -a {path[^1]} -d {Quoted(entry.Command.Summary)}\n");
            string inside = Inside(commands, path);
            foreach (Setting setting in entry.Settings)
            {
                script.Append(
                    $"{Begin} -n '{inside}' -l {setting.Name}{Value(setting)} -d {Quoted(setting.Help)}\n");
            }

            foreach (CommandArgument argument in entry.Command.Arguments)
            {
                string offer = argument.Choices.Count > 0
                    ? $" -a '{string.Join(' ', argument.Choices)}'"
                    : argument.Name == "DIR" ? " -a '(__fish_complete_directories)'" : "";
                script.Append(offer.Length == 0 ? "" : $"{Begin} -n '{inside}'{offer}\n");
            }
        }

        return script.ToString();
    }

    private static string Value(Setting setting) => ValueKinds.Of(setting) switch
    {
        ValueKind.None => "",
        ValueKind.Words => $" -x -a '{string.Join(' ', setting.Choices)}'",
        ValueKind.File => " -r -F",
        ValueKind.Directory => " -x -a '(__fish_complete_directories)'",
        _ => " -x",
    };

    // A group's flags are offered only until one of its commands is chosen.
    private static string Inside(IReadOnlyList<CommandEntry> commands, string[] path)
    {
        string seen = string.Join("; and ", path.Select(word => $"__fish_seen_subcommand_from {word}"));
        string parent = string.Join(' ', path) + " ";
        string children = string.Join(
            ' ', commands.Where(entry => entry.Path.StartsWith(parent, StringComparison.Ordinal))
                .Select(entry => entry.Command.Name));
        return children.Length == 0 ? seen : $"{seen}; and not __fish_seen_subcommand_from {children}";
    }

    private static string Quoted(string text) => "'" + text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
