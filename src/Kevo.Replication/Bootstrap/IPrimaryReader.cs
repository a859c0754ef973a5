namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The read service of a primary, as far as snapshots and liveness need it. All of it is safe for a stock primary. Used
/// by one replica; failures are <see cref="Grpc.Core.RpcException"/> or <see cref="Core.KevoException"/>.
/// </summary>
public interface IPrimaryReader : IAsyncDisposable
{
    /// <summary>Where it reads, for messages and logs.</summary>
    string Target { get; }

    /// <summary>
    /// Asks where the primary is and whether it knows a stream; a frozen or stopping primary does not answer.
    /// </summary>
    /// <param name="acknowledged">
    /// What the stream has acknowledged, a number that no other stream has: the primary lists that for each session.
    /// </param>
    /// <param name="cancellationToken">Ends the question.</param>
    ValueTask<PrimaryAnswer> AskAsync(ulong acknowledged, CancellationToken cancellationToken);

    /// <summary>
    /// Starts one walk over all live keys, ascending, from the beginning. A stock primary's start keys cannot be
    /// trusted, so a walk that was cut is begun anew. It must be consumed fast: it holds up transactions at the
    /// primary.
    /// </summary>
    IPrimaryScan Scan();
}
