using Kevo.Core;
using Kevo.Replica.Completion;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary><c>completion</c>: a script that teaches a shell the commands and flags.</summary>
internal sealed class CompletionCommand : ReplicaCommand
{
    private const string Shell = "SHELL";
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <inheritdoc/>
    public override string Name => "completion";

    /// <inheritdoc/>
    public override string Summary => "Print a completion script for a shell: bash, zsh or fish.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Completion;

    /// <inheritdoc/>
    public override IReadOnlyList<CommandArgument> Arguments { get; } =
        [new CommandArgument(Shell, "The shell: bash, zsh or fish.") { Choices = Shells }];

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        string shell = invocation.Arguments[Shell];
        IReadOnlyList<CommandEntry> commands = CommandEntry.All();
        string script = shell switch
        {
            "bash" => BashCompletion.Of(commands),
            "zsh" => ZshCompletion.Of(commands),
            "fish" => FishCompletion.Of(commands),
            _ => throw new ConfigurationException(
                $"There is no completion for \"{shell}\"{NearestName.Hint(shell, Shells, "\"")} Known shells: "
                + $"{string.Join(", ", Shells)}."),
        };
        invocation.Output.Out.Write(script);
        return Task.FromResult(ExitCode.Ok);
    }
}
