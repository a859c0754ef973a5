using Kevo.Replication.Session;
using Kevo.Wire;

namespace Kevo.Simulation.Network;

/// <summary>One stream and the calls that belong to it, over the simulated network.</summary>
internal sealed class SimulatedSession(
    Connection connection,
    IServer server,
    ServerStream stream,
    SessionHeaders headers,
    Action<SimulatedSession, ulong> acknowledging)
    : IReplicationSession
{
    public SessionHeaders Headers => headers;

    public ValueTask<StreamMessage?> ReceiveAsync(CancellationToken cancellationToken) =>
        stream.ReceiveAsync(cancellationToken);

    public async ValueTask<CallReply> AcknowledgeAsync(ulong sequence, CancellationToken cancellationToken)
    {
        acknowledging(this, sequence);
        return await UnaryCall.AskAsync(
            connection, () => Answer(server.Acknowledge(headers.SessionId, sequence)), cancellationToken);
    }

    public async ValueTask<CallReply> NegativeAcknowledgeAsync(ulong sequence, CancellationToken cancellationToken) =>
        await UnaryCall.AskAsync(
            connection, () => Answer(server.NegativeAcknowledge(headers.SessionId, sequence)), cancellationToken);

    public bool IsReceiving => false;

    public ValueTask FenceAsync(CancellationToken cancellationToken) => stream.FenceAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        stream.Leave();
        return ValueTask.CompletedTask;
    }

    private static (bool Answered, CallReply Value) Answer(CallReply? reply) =>
        (reply is not null, reply.GetValueOrDefault());
}
