using System.IO.Pipelines;
using Kevo.Core;
using Kevo.Server.Consistency;
using Kevo.Storage;
using Microsoft.AspNetCore.Http;

namespace Kevo.Server.Reads;

/// <summary>
/// Answers the ordinary Get without the server library, which spends ten times on a call what finding its key takes.
/// Ordinary is a request that is here whole and asks for nothing but a key, and whose small answer can be given at
/// once. Any other is left untouched for the library and <see cref="KevoReadService"/>: only they know how to wait,
/// refuse and fail. A client cannot tell which of the two answered. Thread-safe.
/// </summary>
internal sealed class ImmediateGet(
    IKeyValueStore store, ReadConsistency consistency, RpcBoundary boundary, RpcStatistics statistics)
{
    private const string Path = $"/{KevoMethods.Service}/{nameof(RpcKind.Get)}";
    private const string ContentType = "application/grpc";
    private const string StatusTrailer = "grpc-status";
    private const string StatusOk = "0";

    /// <summary>Answers a request, or hands it on as it came.</summary>
    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return IsOrdinary(http.Request) && TryAnswer(http) ? Task.CompletedTask : next(http);
    }

    private bool IsOrdinary(HttpRequest request) =>
        request.Path.Value == Path
        && HttpMethods.IsPost(request.Method)
        && request.ContentType == ContentType
        && consistency.AdmitsAtOnce(request.Headers);

    private bool TryAnswer(HttpContext http)
    {
        PipeReader body = http.Request.BodyReader;
        try
        {
            if (!body.TryRead(out ReadResult read))
            {
                return false;
            }

            bool answered = read.IsCompleted
                && GetMessage.TryReadKey(read.Buffer, out ReadOnlySpan<byte> key)
                && TryAnswer(http.Response, key);

            // What is not taken is there again for the next who reads.
            body.AdvanceTo(answered ? read.Buffer.End : read.Buffer.Start);
            return answered;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client is gone. Whoever reads the body next learns the same, and what follows is its business.
            return false;
        }
    }

    private bool TryAnswer(HttpResponse response, ReadOnlySpan<byte> key)
    {
        long started = boundary.Now;
        try
        {
            using ISnapshot snapshot = store.OpenSnapshot();
            bool found = snapshot.TryGet(key, out ReadOnlySpan<byte> value);
            if (value.Length > ResponseBudget.SmallLength || !boundary.TryBegin(RpcKind.Get))
            {
                return false;
            }

            Write(response, snapshot.Position, found, value);
            statistics.CountBytes(value.Length);
            boundary.End(RpcKind.Get, started);
            return true;
        }
        catch (Exception error) when (error is KevoException or ObjectDisposedException)
        {
            // The error comes again on the long way, where errors are logged and get their statuses.
            return false;
        }
    }

    private void Write(HttpResponse response, LogPosition position, bool found, ReadOnlySpan<byte> value)
    {
        response.ContentType = ContentType;
        consistency.Announce(response.Headers, position);
        GetMessage.WriteAnswer(response.BodyWriter, found, value);
        response.AppendTrailer(StatusTrailer, StatusOk);
    }
}
