using System.Globalization;
using Grpc.Core;
using Kevo.Core;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kevo.Server.Consistency;

/// <summary>
/// Holds a read back until the position its client asked for is visible, refuses it when the replica is too far behind,
/// and tells the client which position the answer reflects. Without such wishes it costs two look-ups and no wait.
/// </summary>
internal sealed class ReadConsistency(
    IKeyValueStore store, IReplicaStatus status, ConsistencyLimits limits, TimeProvider time)
{
    private volatile ConsistencyLimits _limits = limits;
    private PositionText _lastText = new(LogPosition.None);
    private int _waiting;
    private long _waits;
    private long _staleRefusals;

    /// <summary>The limits in force. May be replaced at any time; calls that wait already keep theirs.</summary>
    public ConsistencyLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>Calls waiting for a position now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Calls that had to wait for a position.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    /// <summary>Reads refused because the replica was too far behind.</summary>
    public long StaleRefusals => Interlocked.Read(ref _staleRefusals);

    /// <summary>Completes when a read may take its snapshot.</summary>
    /// <exception cref="RpcException">The replica is too far behind, or the position cannot be waited for.</exception>
    public ValueTask AdmitAsync(ServerCallContext context)
    {
        if (_limits.MaxStaleness is TimeSpan limit)
        {
            CheckStaleness(limit);
        }

        return TryGetWish(context, out string wish) ? AwaitAsync(Target(wish, store.Visible), context) : default;
    }

    /// <summary>
    /// Whether a read with these request headers is admitted without a wait. False says only that
    /// <see cref="AdmitAsync"/> is to be asked.
    /// </summary>
    public bool AdmitsAtOnce(IHeaderDictionary headers) =>
        !headers.ContainsKey(ConsistencyHeaders.MinSequence)
        && (_limits.MaxStaleness is not TimeSpan limit || status.Staleness <= limit);

    /// <summary>Checks the wish of a read whose snapshot was taken earlier and cannot move.</summary>
    /// <exception cref="RpcException">The snapshot does not reach the position asked for.</exception>
    public static void CheckFixed(ServerCallContext context, LogPosition position)
    {
        if (TryGetWish(context, out string wish) && Target(wish, position) is LogPosition target && position < target)
        {
            throw Refuse(
                StatusCode.FailedPrecondition,
                $"the transaction reads at {position}, which is before {target}; begin a new one");
        }
    }

    /// <summary>
    /// Puts the position an answer reflects into the response headers. Call before the first byte is written.
    /// </summary>
    public void Announce(ServerCallContext context, LogPosition position) =>
        Announce(context.GetHttpContext().Response.Headers, position);

    /// <summary>The same, for the headers of a response.</summary>
    public void Announce(IHeaderDictionary headers, LogPosition position)
    {
        // Positions repeat between batches, so the last text usually fits again.
        PositionText text = _lastText;
        if (text.Position != position)
        {
            text = new PositionText(position);
            _lastText = text;
        }

        headers[ConsistencyHeaders.Position] = text.Full;
        headers[ConsistencyHeaders.Epoch] = text.Epoch;
    }

    private static bool TryGetWish(ServerCallContext context, out string wish)
    {
        bool wished = context.GetHttpContext().Request.Headers.TryGetValue(
            ConsistencyHeaders.MinSequence, out StringValues values);
        wish = values.Count == 1 ? values[0] ?? "" : "";
        return wished;
    }

    private static LogPosition Target(string wish, LogPosition reference)
    {
        if (LogPosition.TryParse(wish, out LogPosition target))
        {
            return target.Epoch < reference.Epoch
                ? throw Refuse(
                    StatusCode.FailedPrecondition,
                    $"position {target} belongs to an earlier history; this replica was resynchronised "
                    + $"and is at {reference}")
                : target;
        }

        return ulong.TryParse(wish, NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence)
            ? new LogPosition(reference.Epoch, sequence)
            : throw Refuse(
                StatusCode.InvalidArgument,
                $"metadata {ConsistencyHeaders.MinSequence} must be one SEQUENCE or EPOCH:SEQUENCE, decimal");
    }

    private static RpcException Refuse(StatusCode code, string detail) => new(new Status(code, detail));

    private ValueTask AwaitAsync(LogPosition target, ServerCallContext context) =>
        store.Visible >= target ? default : AwaitSlowAsync(target, context);

    private async ValueTask AwaitSlowAsync(LogPosition target, ServerCallContext context)
    {
        ConsistencyLimits limits = _limits;
        Interlocked.Increment(ref _waits);
        try
        {
            if (Interlocked.Increment(ref _waiting) > limits.MaxWaiting)
            {
                throw Refuse(
                    StatusCode.ResourceExhausted,
                    $"{limits.MaxWaiting} calls are already waiting for a position; retry later");
            }

            using CancellationTokenSource limit = new(limits.MaxWait, time);
            using CancellationTokenSource either =
                CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
            await store.WaitForVisibleAsync(target, either.Token);
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw Refuse(
                StatusCode.DeadlineExceeded,
                $"position {target} did not become visible within {Seconds(limits.MaxWait)} s; "
                + $"this replica is at {store.Visible}");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        if (store.Visible.Epoch != target.Epoch)
        {
            throw Refuse(
                StatusCode.FailedPrecondition,
                $"this replica was resynchronised while the call waited for {target}; it is at {store.Visible}");
        }
    }

    private void CheckStaleness(TimeSpan limit)
    {
        TimeSpan? staleness = status.Staleness;
        if (staleness <= limit)
        {
            return;
        }

        Interlocked.Increment(ref _staleRefusals);
        throw Refuse(
            StatusCode.Unavailable,
            staleness is TimeSpan known
                ? $"this replica is {Seconds(known)} s behind its primary, over the limit of {Seconds(limit)} s"
                : $"this replica cannot tell how far it is behind its primary; the limit is {Seconds(limit)} s");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
