using Kevo.Replication.Session;

namespace Kevo.Simulation.Network;

/// <summary>One connection of a node to its primary.</summary>
internal sealed class SimulatedConnection(
    Connection connection, IServer server, Action<SimulatedSession, ulong> acknowledging) : IPrimaryConnection
{
    public async ValueTask<bool> ProbeAsync(CancellationToken cancellationToken) =>
        await UnaryCall.AskAsync(connection, () => (true, server.IsRelay), cancellationToken);

    public async ValueTask<IReplicationSession> OpenSessionAsync(
        SessionRequest request, CancellationToken cancellationToken)
    {
        if (connection.IsOver)
        {
            throw Connection.Unavailable("the connection is closed");
        }

        var stream = new ServerStream(connection);
        new Lane(connection, connection.Server).Send(() => server.OpenStream(request, stream));
        bool opened = false;
        try
        {
            SessionHeaders headers = await stream.GetHeadersAsync(cancellationToken);
            opened = true;
            return new SimulatedSession(connection, server, stream, headers, acknowledging);
        }
        finally
        {
            if (!opened)
            {
                stream.Leave();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        connection.Close();
        return ValueTask.CompletedTask;
    }
}
