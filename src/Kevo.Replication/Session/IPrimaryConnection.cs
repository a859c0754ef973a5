namespace Kevo.Replication.Session;

/// <summary>
/// One connection to a primary. Disposing it closes it; that does not throw and may be done while a session is open.
/// </summary>
public interface IPrimaryConnection : IAsyncDisposable
{
    /// <summary>
    /// One question and one answer over this connection that touch nothing at the primary, so that the length of the
    /// way can be measured. True when the answer comes from a relay.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the dial timeout is over or the replica stops.</param>
    /// <exception cref="Grpc.Core.RpcException">The connection failed.</exception>
    /// <exception cref="Core.KevoException">The same, said by a transport that knows better.</exception>
    ValueTask<bool> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Asks for a stream and waits until the primary's headers are there. The caller disposes the session before the
    /// connection.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Cancelled when the dial timeout is over or the replica stops.</param>
    /// <exception cref="Grpc.Core.RpcException">The primary refused, or the connection failed.</exception>
    /// <exception cref="Core.KevoException">The same, said by a transport that knows better.</exception>
    ValueTask<IReplicationSession> OpenSessionAsync(SessionRequest request, CancellationToken cancellationToken);
}
