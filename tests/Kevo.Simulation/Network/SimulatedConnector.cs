using Kevo.Core;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>The transport of one node over a simulated link.</summary>
internal sealed class SimulatedConnector(
    Process client, Link link, IServer server, Action<SimulatedSession, ulong> acknowledging) : IPrimaryConnector
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    public string Target => link.Name;

    /// <summary>Connects, or fails as a dial does.</summary>
    public static async Task<Connection> DialAsync(
        Process client, Link link, IServer server, CancellationToken cancellationToken)
    {
        World world = link.World;
        long until = world.Scheduler.Now + ConnectTimeout.Ticks;
        while (link.IsCut)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (world.Scheduler.Now >= until)
            {
                throw new ConnectionException($"No connection to the primary at {link.Name} within {ConnectTimeout}.");
            }

            await PassAsync(client, TimeSpan.FromMilliseconds(200).Ticks);
        }

        await PassAsync(client, link.NextWay() + link.NextLoss());
        cancellationToken.ThrowIfCancellationRequested();
        if (server.Process is not { IsAlive: true } process)
        {
            throw new ConnectionException($"The primary at {link.Name} refused the connection.");
        }

        world.Counters.Connections++;
        return new Connection(link, client, process);
    }

    public async ValueTask<IPrimaryConnection> ConnectAsync(CancellationToken cancellationToken) =>
        new SimulatedConnection(
            await DialAsync(client, link, server, cancellationToken), server, acknowledging);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task PassAsync(Process client, long ticks)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.After(TimeSpan.FromTicks(ticks), passed.SetResult);
        await passed.Task;
    }
}
