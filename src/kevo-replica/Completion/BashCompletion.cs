using System.Text;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Completion;

/// <summary>The script for bash; it needs nothing but bash 4.</summary>
internal static class BashCompletion
{
    /// <summary>The script.</summary>
    public static string Of(IReadOnlyList<CommandEntry> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            # Completion of kevo-replica for bash. Load it with: source <(kevo-replica completion bash)
            _kevo_replica() {
              local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command="" word index
              # "--flag=value" comes as three words.
              if [[ $current == = ]]; then current=""
              elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}
              fi
              for ((index = 1; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                case "$command $word" in

            """);
        foreach (CommandEntry entry in commands)
        {
            string at = entry.Path.Contains(' ', StringComparison.Ordinal) ? entry.Path : " " + entry.Path;
            script.Append($"      \"{at}\") command=\"{entry.Path}\";;\n");
        }

        script.Append("""
                esac
              done
              COMPREPLY=()
              case "$previous" in

            """);
        AppendValues(script);
        script.Append("  esac\n  local words=\"\"\n  case \"$command\" in\n");
        script.Append($"    \"\") words=\"{Children(commands, "")} --help\";;\n");
        foreach (CommandEntry entry in commands)
        {
            script.Append($"    \"{entry.Path}\") words=\"{Words(commands, entry)}\";;\n");
        }

        return script.Append("""
              esac
              COMPREPLY=($(compgen -W "$words" -- "$current"))
              if [[ $current != -* && ${#COMPREPLY[@]} == 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
            }
            complete -o filenames -F _kevo_replica kevo-replica

            """).ToString();
    }

    private static void AppendValues(StringBuilder script)
    {
        foreach (Setting setting in SettingTable.All)
        {
            string? offer = ValueKinds.Of(setting) switch
            {
                ValueKind.Words => $"compgen -W \"{string.Join(' ', setting.Choices)}\" -- \"$current\"",
                ValueKind.File => "compgen -f -- \"$current\"",
                ValueKind.Directory => "compgen -d -- \"$current\"",
                ValueKind.Any => "",
                _ => null,
            };
            if (offer is not null)
            {
                script.Append(offer.Length == 0
                    ? $"    {setting.Flag}) return;;\n"
                    : $"    {setting.Flag}) COMPREPLY=($({offer})); return;;\n");
            }
        }
    }

    private static string Words(IReadOnlyList<CommandEntry> commands, CommandEntry entry) => string.Join(' ', [
        .. entry.Command.Arguments.SelectMany(argument => argument.Choices),
        Children(commands, entry.Path),
        .. entry.Settings.Select(setting => setting.Flag),
        "--help",
    ]).Trim();

    private static string Children(IReadOnlyList<CommandEntry> commands, string parent) => string.Join(
        ' ', commands.Where(entry => Parent(entry) == parent).Select(entry => entry.Command.Name));

    private static string Parent(CommandEntry entry) =>
        entry.Path.LastIndexOf(' ') is var at and >= 0 ? entry.Path[..at] : "";
}
