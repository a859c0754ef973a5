using Kevo.Replica.Configuration;
using Kevo.Replica.Manual;

namespace Kevo.Replica.Commands;

/// <summary><c>man</c>: the manual page.</summary>
internal sealed class ManCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "man";

    /// <inheritdoc/>
    public override string Summary => "Print the manual page, for \"kevo-replica man | man -l -\".";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Man;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        invocation.Output.Out.Write(ManualPage.Of(CommandEntry.All(), BuildInformation.Version));
        return Task.FromResult(ExitCode.Ok);
    }
}
