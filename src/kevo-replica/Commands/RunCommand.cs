using Kevo.Core;
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
        ILogger logger = loggers.CreateLogger<RunCommand>();
        var linger = new FailureLinger(
            invocation.Settings, invocation.Output.ErrorIsTerminal, invocation.Time, logger);
        try
        {
            // A node that is opened again, because its history was replaced, keeps what was reloaded meanwhile.
            EffectiveSettings? settings = invocation.Settings;
            while (settings is not null)
            {
                settings = await RunOnceAsync(invocation, settings, writer, loggers, linger, stop);
            }
        }
        catch (KevoException failure)
        {
            linger.TellEnd(failure);
            throw;
        }

        return ExitCode.Ok;
    }

    /// <returns>The settings to open the node again with; null when it was stopped.</returns>
    private static async Task<EffectiveSettings?> RunOnceAsync(
        Invocation invocation,
        EffectiveSettings settings,
        LogWriter writer,
        ILoggerFactory loggers,
        FailureLinger linger,
        CancellationToken stop)
    {
        using var supervisor = new Supervisor(invocation, settings, writer, loggers, stop);
        supervisor.Starting("recovering");
        using IWorkDisplay display =
            invocation.Output.StartProgress(invocation.Time, loggers.CreateLogger<RunCommand>());
        await using ReplicaNode node = await ReplicaNode.OpenAsync(
            settings, LinuxFileSystem.Instance, invocation.Time, loggers, display, supervisor, linger, stop);
        return await node.RunAsync(supervisor, display, stop) ? supervisor.Settings : null;
    }
}
