using System.Diagnostics;
using Grpc.Core;
using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Server.Metrics;
using Microsoft.Extensions.Logging;

namespace Kevo.Server.Reads;

/// <summary>
/// The one place every client call passes: rate limit, statistics, and the translation of errors into gRPC statuses. An
/// error of the store ends its life here, so here it is logged.
/// </summary>
internal sealed partial class RpcBoundary(
    RequestRate rate, RpcStatistics statistics, ReplicaMetrics metrics, TimeProvider time, ILogger logger)
{
    private const string Parent = "traceparent";
    private const string ParentState = "tracestate";

    private static readonly string[] SpanNames =
        [.. Enum.GetNames<RpcKind>().Select(name => $"{SpanTable.CallService}/{name}")];

    private bool _stopping;

    /// <summary>Refuses calls from now on with UNAVAILABLE.</summary>
    public void Stop() => Volatile.Write(ref _stopping, true);

    /// <summary>Runs a call with one answer.</summary>
    public Task<TResponse> RunAsync<TRequest, TResponse>(
        RpcKind kind,
        Func<TRequest, ServerCallContext, Task<TResponse>> handler,
        TRequest request,
        ServerCallContext context) => Spans.AreWanted
            ? TraceAsync(kind, handler, request, context)
            : AnswerAsync(kind, handler, request, context);

    /// <summary>The time as <see cref="End(RpcKind, long)"/> wants it.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>
    /// Begins a call whose answer is at hand. False when it is to be refused, or to be traced: then nothing has
    /// happened, and the call is to be run.
    /// </summary>
    public bool TryBegin(RpcKind kind)
    {
        if (Spans.AreWanted || Volatile.Read(ref _stopping) || !rate.TryAdmit())
        {
            return false;
        }

        statistics[kind].Begin();
        return true;
    }

    /// <summary>Ends a call that <see cref="TryBegin"/> began and that was answered.</summary>
    /// <param name="kind">Which call.</param>
    /// <param name="started"><see cref="Now"/> when it came.</param>
    public void End(RpcKind kind, long started) => End(statistics[kind], started, StatusCode.OK);

    private static TraceSpan StartSpan(RpcKind kind, ServerCallContext context)
    {
        ActivityContext parent = default;
        if (context.RequestHeaders.GetValue(Parent) is { } header)
        {
            ActivityContext.TryParse(
                header, context.RequestHeaders.GetValue(ParentState), isRemote: true, out parent);
        }

        TraceSpan span = Spans.Start(SpanTable.Call, SpanNames[(int)kind], parent);
        return span.IsRecorded
            ? span.Set(SpanAttributes.RpcSystem, "grpc")
                .Set(SpanAttributes.RpcService, SpanTable.CallService)
                .Set(SpanAttributes.RpcMethod, kind.ToString())
                .Set(SpanAttributes.ClientAddress, context.Peer)
            : span;
    }

    private async Task<TResponse> TraceAsync<TRequest, TResponse>(
        RpcKind kind,
        Func<TRequest, ServerCallContext, Task<TResponse>> handler,
        TRequest request,
        ServerCallContext context)
    {
        using TraceSpan span = StartSpan(kind, context);
        try
        {
            TResponse answer = await AnswerAsync(kind, handler, request, context);
            span.SetStatus((int)StatusCode.OK, isError: false);
            return answer;
        }
        catch (RpcException refusal)
        {
            // What the client did wrong is no error of the server; stock Kevo, and so this one, says UNKNOWN to it.
            span.SetStatus((int)refusal.StatusCode, isError: refusal.StatusCode is
                StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss);
            throw;
        }
    }

    private async Task<TResponse> AnswerAsync<TRequest, TResponse>(
        RpcKind kind,
        Func<TRequest, ServerCallContext, Task<TResponse>> handler,
        TRequest request,
        ServerCallContext context)
    {
        RpcTotals totals = statistics[kind];
        long started = Begin(totals);
        StatusCode code = StatusCode.OK;
        try
        {
            Admit();
            return await handler(request, context);
        }
        catch (Exception error)
        {
            RpcException refusal = Translate(error, kind, context);
            code = refusal.StatusCode;
            throw refusal;
        }
        finally
        {
            End(totals, started, code);
        }
    }

    /// <summary>Runs a call with a stream of answers.</summary>
    public Task RunAsync<TRequest>(
        RpcKind kind,
        Func<TRequest, IServerStreamWriter<ScanRow>, ServerCallContext, Task> handler,
        TRequest request,
        IServerStreamWriter<ScanRow> stream,
        ServerCallContext context) => RunAsync(
            kind,
            async (asked, call) =>
            {
                await handler(asked, stream, call);
                return stream;
            },
            request,
            context);

    private void Admit()
    {
        if (Volatile.Read(ref _stopping))
        {
            throw Refusals.Stopping();
        }

        if (!rate.TryAdmit())
        {
            statistics.CountRateRefusal();
            throw Refusals.TooManyRequests(rate.PerSecond);
        }
    }

    private long Begin(RpcTotals totals)
    {
        totals.Begin();
        return time.GetTimestamp();
    }

    private void End(RpcTotals totals, long started, StatusCode code)
    {
        TimeSpan duration = time.GetElapsedTime(started);
        totals.End(duration, code != StatusCode.OK);
        metrics.RecordCall(totals.Name, duration);
        if (code != StatusCode.OK)
        {
            statistics.CountFailure(code);
        }
    }

    /// <summary>Every exception gets a status here; what is not foreseen is a defect and is logged as one.</summary>
    private RpcException Translate(Exception error, RpcKind kind, ServerCallContext context)
    {
        switch (error)
        {
            case RpcException refusal:
                return refusal;
            case OperationCanceledException:
                return new RpcException(new Status(
                    context.Deadline <= time.GetUtcNow().UtcDateTime
                        ? StatusCode.DeadlineExceeded
                        : StatusCode.Cancelled,
                    "the call was ended before its answer"));
            case StorageException { Fault: StorageFault.LimitExceeded } limit:
                return new RpcException(new Status(StatusCode.ResourceExhausted, limit.Message));
            case StorageException { Fault: StorageFault.Corrupt } corrupt:
                LogReadFailed(logger, kind, corrupt);
                return new RpcException(new Status(StatusCode.DataLoss, corrupt.Message));
            case KevoException failed:
                LogReadFailed(logger, kind, failed);
                return new RpcException(new Status(StatusCode.Internal, failed.Message));
            case ObjectDisposedException when Volatile.Read(ref _stopping):
                return Refusals.Stopping();
            default:
                LogDefect(logger, kind, error);
                return new RpcException(
                    new Status(StatusCode.Internal, "internal error; the replica's log has the details"));
        }
    }

    [LoggerMessage(5001, LogLevel.Error, "Answering {Rpc} failed")]
    private static partial void LogReadFailed(ILogger logger, RpcKind rpc, Exception error);

    [LoggerMessage(5002, LogLevel.Critical, "Answering {Rpc} failed in a way that is a defect of this program")]
    private static partial void LogDefect(ILogger logger, RpcKind rpc, Exception error);
}
