using Grpc.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>The read service of a primary over the simulated network; dials for each call and keeps nothing.</summary>
internal sealed class SimulatedReader(Process client, Link link, IServer server) : IPrimaryReader
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public string Target => link.Name;

    public async ValueTask<PrimaryAnswer> AskAsync(ulong acknowledged, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(CallTimeout, client.Clock);
        await using CancellationTokenRegistration registration = cancellationToken.Register(limit.Cancel);
        Connection? connection = null;
        try
        {
            connection = await SimulatedConnector.DialAsync(client, link, server, limit.Token);
            return await UnaryCall.AskAsync(connection, () => Answer(acknowledged), limit.Token);
        }
        catch (Exception late) when (limit.IsCancellationRequested
            && late is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "the primary did not answer"), late.Message);
        }
        finally
        {
            connection?.Close();
        }
    }

    public IPrimaryScan Scan() => new SimulatedScan(client, link, server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private (bool Answered, PrimaryAnswer Value) Answer(ulong acknowledged)
    {
        PrimaryAnswer? answer = server.Ask(acknowledged);
        return (answer is not null, answer.GetValueOrDefault());
    }
}
