namespace Kevo.Replication.Session;

/// <summary>
/// Opens connections to the primary. The seam behind which tests, simulators and embedders put another transport. Used
/// by one replica's loop at a time, which disposes it when the replica stops.
/// </summary>
public interface IPrimaryConnector : IAsyncDisposable
{
    /// <summary>Where it connects to, for messages and logs.</summary>
    string Target { get; }

    /// <summary>
    /// Opens a connection, or hands out an open one again. The name is resolved anew by every call that dials.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the dial timeout is over or the replica stops.</param>
    /// <exception cref="Core.ConnectionException">The primary cannot be reached; the message says why.</exception>
    /// <exception cref="Core.ConfigurationException">It can never be reached with these settings.</exception>
    ValueTask<IPrimaryConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether the primary still takes new connections, found out without saying anything to it. A primary that stops
    /// in good order takes none but keeps its streams, and waits for their end; a frozen one takes them and is silent.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the answer is of no interest any more.</param>
    /// <returns>False only when it certainly refuses; true also when that cannot be told.</returns>
    ValueTask<bool> AcceptsConnectionsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);
}
