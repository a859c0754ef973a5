using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
using Kevo.Replica.Supervision;
using Kevo.Replica.Terminal;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Commands;

/// <summary><c>run</c>: the daemon.</summary>
internal sealed class RunCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "run";

    /// <inheritdoc/>
    public override string Summary => "Follow a primary or a relay until told to stop.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Run;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        using var writer = LogWriter.For(invocation.Settings, invocation.Output, invocation.Time);
        using ILoggerFactory loggers = LogFactory.Create(writer);
        bool again = true;
        while (again)
        {
            using var supervisor = new Supervisor(invocation, writer, loggers, stop);
            supervisor.Starting("recovering");
            using ProgressBar? bar = invocation.Output.StartProgress(invocation.Time);
            await using ReplicaNode node = ReplicaNode.Open(
                invocation.Settings, LinuxFileSystem.Instance, invocation.Time, loggers, bar, stop);
            bar?.Hide();
            again = await node.RunAsync(supervisor, bar, stop);
        }

        return ExitCode.Ok;
    }
}
