using Kevo.Replica.Configuration;
using Kevo.Replica.Demo;

namespace Kevo.Replica.Commands;

/// <summary><c>demo</c>: the tour.</summary>
internal sealed class DemoCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "demo";

    /// <inheritdoc/>
    public override string Summary =>
        "Show it all in under a minute: a primary with a workload, a replica, a kill, a recovery, a comparison.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Demo;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop) => invocation.Output.IsTerminal
        ? TerminalDemoScreen.RunAsync(invocation.Output.Console, screen => TourAsync(invocation, screen, stop))
        : TourAsync(invocation, new PlainDemoScreen(invocation.Output.Out), stop);

    private static async Task<int> TourAsync(Invocation invocation, IDemoScreen screen, CancellationToken stop)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("kevo-replica-demo-");
        try
        {
            string there = Path.Combine(scratch.FullName, "primary");
            string here = Path.Combine(scratch.FullName, "replica");
            await using IDemoPrimary primary = invocation.Settings.Get(DemoSettings.Stock)
                ? await StockDemoPrimary.StartAsync(invocation.Time, stop)
                : await RelayDemoPrimary.StartAsync(there, invocation.Time, stop);
            var plan = DemoPlan.From(invocation.Settings);
            using var tour = new DemoTour(primary, plan, here, screen, invocation.Time);
            return await tour.RunAsync(stop);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
