using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary>Builds the parser from the commands and the option table, and runs what it recognises.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<Command, ReplicaCommand> _commands = [];
    private readonly Dictionary<Command, List<(Setting Setting, Option Option)>> _options = [];
    private readonly RootCommand _root;
    private readonly Output _output;
    private readonly TimeProvider _time;

    /// <summary>Builds the parser; nothing is run.</summary>
    public CommandLine(IReadOnlyList<ReplicaCommand> commands, Output output, TimeProvider time)
    {
        _output = output;
        _time = time;
        _root = new RootCommand("Follows a KevoDB primary: keeps its history durably, serves reads, can be promoted.");

        // "version" is a command of its own, which also says what it was built from.
        foreach (Option version in _root.Options.Where(option => option is VersionOption).ToList())
        {
            _root.Options.Remove(version);
        }

        foreach (ReplicaCommand command in commands)
        {
            _root.Add(Build(command));
        }
    }

    /// <summary>Parses the words and runs the command they name.</summary>
    /// <returns>The exit code; an error was written as one line.</returns>
    public async Task<int> RunAsync(
        IReadOnlyList<string> words,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken stop)
    {
        ParseResult result = _root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is HelpAction)
        {
            return result.Invoke(new InvocationConfiguration { Output = _output.Out, Error = _output.Error });
        }

        if (result.Errors.Count > 0)
        {
            return ErrorReport.WriteUsage(_output.Error, Explain(result));
        }

        try
        {
            return await RunAsync(result, environment, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        catch (Exception failure)
        {
            // The last boundary: whatever gets here becomes a line and an exit code, and the process ends.
            return ErrorReport.Write(_output.Error, failure);
        }
    }

    private Task<int> RunAsync(
        ParseResult result,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken stop)
    {
        Command parsed = result.CommandResult.Command;
        ReplicaCommand command = _commands[parsed];
        var flags = new Dictionary<Setting, string>();
        foreach ((Setting setting, Option option) in _options[parsed])
        {
            if (result.GetResult(option) is { Implicit: false } given)
            {
                flags[setting] = given.Tokens.Count == 0 ? "true" : given.Tokens[^1].Value;
            }
        }

        var arguments = new Dictionary<string, string>();
        foreach (Argument argument in parsed.Arguments)
        {
            arguments[argument.Name] = result.GetResult(argument)!.Tokens[0].Value;
        }

        var invocation = new Invocation
        {
            Settings = SettingSources.Combine(flags, environment),
            ReadSettings = () => SettingSources.Combine(flags, environment),
            Environment = environment,
            Arguments = arguments,
            Output = _output,
            Time = _time,
        };
        return command.RunAsync(invocation, stop);
    }

    private Command Build(ReplicaCommand command)
    {
        var built = new Command(command.Name, command.Summary);
        _commands[built] = command;
        _options[built] = [];
        foreach (CommandArgument argument in command.Arguments)
        {
            built.Add(new Argument<string>(argument.Name) { Description = argument.Help, HelpName = argument.Name });
        }

        foreach (Setting setting in SettingTable.For(command.Set))
        {
            Option option = setting.IsSwitch
                ? new Option<bool>(setting.Flag)
                : new Option<string>(setting.Flag) { HelpName = setting.ValueName };
            option.Description = setting.Description;
            if (setting.Choices.Count > 0)
            {
                option.CompletionSources.Add(
                    _ => setting.Choices.Select(choice => new System.CommandLine.Completions.CompletionItem(choice)));
            }

            built.Add(option);
            _options[built].Add((setting, option));
        }

        foreach (ReplicaCommand child in command.Children)
        {
            built.Add(Build(child));
        }

        return built;
    }

    private static string Explain(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        if (result.UnmatchedTokens is [string unknown, ..])
        {
            bool flag = unknown.StartsWith('-');
            string name = unknown.Split('=')[0];
            IEnumerable<string> known = flag
                ? command.Options.SelectMany(option => option.Aliases.Prepend(option.Name))
                : command.Subcommands.Select(child => child.Name);
            string kind = flag ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            return $"Unknown {kind} \"{unknown}\"{NearestName.Hint(name, known)} See \"{Path(command)} --help\".";
        }

        ParseError error = result.Errors[0];
        return $"{error.Message.TrimEnd('.')}. See \"{Path(command)} --help\".";
    }

    private static string Path(Command command)
    {
        string path = command is RootCommand ? "kevo-replica" : command.Name;
        foreach (Command parent in Ancestors(command))
        {
            path = $"{(parent is RootCommand ? "kevo-replica" : parent.Name)} {path}";
        }

        return path;
    }

    private static IEnumerable<Command> Ancestors(Command command)
    {
        while (command.Parents.OfType<Command>().FirstOrDefault() is { } parent)
        {
            yield return parent;
            command = parent;
        }
    }
}
