using Grpc.Core;
using Kevo.Platform.Tls;
using Kevo.Server.Reads;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Forwarding;

/// <summary>
/// Passes writes on to the primary's client service with the caller's deadline, and its answers and errors back as they
/// are. One channel serves all callers. Thread-safe.
/// </summary>
internal sealed class PrimaryForwarder : IDisposable
{
    private readonly string _address;
    private readonly PrimaryChannel _channel;
    private long _forwarded;

    /// <param name="address">host:port of the primary's client service.</param>
    /// <param name="certificates">Certificates for TLS; null for plain text.</param>
    /// <param name="serverName">The name the primary's certificate must carry; null for the address's host.</param>
    public PrimaryForwarder(string address, CertificateSource? certificates, string? serverName)
    {
        _address = address;
        _channel = new PrimaryChannel(address, certificates, serverName);
    }

    /// <summary>Calls passed on.</summary>
    public long Forwarded => Interlocked.Read(ref _forwarded);

    public Task<PutResponse> PutAsync(PutRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.PutAsync(request, Options(context)));

    public Task<DeleteResponse> DeleteAsync(DeleteRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.DeleteAsync(request, Options(context)));

    public Task<BatchWriteResponse> BatchWriteAsync(BatchWriteRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.BatchWriteAsync(request, Options(context)));

    public Task<CompactResponse> CompactAsync(CompactRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.CompactAsync(request, Options(context)));

    public Task<BeginTransactionResponse> BeginAsync(BeginTransactionRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.BeginTransactionAsync(request, Options(context)));

    public Task<CommitTransactionResponse> CommitAsync(CommitTransactionRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.CommitTransactionAsync(request, Options(context)));

    public Task<RollbackTransactionResponse> RollbackAsync(
        RollbackTransactionRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.RollbackTransactionAsync(request, Options(context)));

    public Task<TxGetResponse> TxGetAsync(TxGetRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.TxGetAsync(request, Options(context)));

    public Task<TxPutResponse> TxPutAsync(TxPutRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.TxPutAsync(request, Options(context)));

    public Task<TxDeleteResponse> TxDeleteAsync(TxDeleteRequest request, ServerCallContext context) =>
        PassAsync(_channel.Client.TxDeleteAsync(request, Options(context)));

    /// <summary>Passes a scan of a read-write transaction through, row by row, at the caller's pace.</summary>
    public async Task TxScanAsync(
        TxScanRequest request, IServerStreamWriter<ScanRow> stream, ServerCallContext context)
    {
        Interlocked.Increment(ref _forwarded);
        using AsyncServerStreamingCall<TxScanResponse> call = _channel.Client.TxScan(request, Options(context));
        ScanRow row = new();
        try
        {
            while (await call.ResponseStream.MoveNext(context.CancellationToken))
            {
                TxScanResponse answer = call.ResponseStream.Current;
                row.Show(answer.Key.Memory, answer.Value.Memory);
                await stream.WriteAsync(row, context.CancellationToken);
            }
        }
        catch (RpcException error)
        {
            throw PassBack(error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static CallOptions Options(ServerCallContext context) => new(
        deadline: context.Deadline == DateTime.MaxValue ? null : context.Deadline,
        cancellationToken: context.CancellationToken);

    private async Task<TResponse> PassAsync<TResponse>(AsyncUnaryCall<TResponse> call)
    {
        Interlocked.Increment(ref _forwarded);
        using (call)
        {
            try
            {
                return await call.ResponseAsync;
            }
            catch (RpcException error)
            {
                throw PassBack(error);
            }
        }
    }

    /// <summary>
    /// Code and text of the primary, without its trailers: those belong to the other connection. A call that found no
    /// primary, because there is none or because the TLS handshake failed, is UNAVAILABLE with the cause.
    /// </summary>
    private RpcException PassBack(RpcException error)
    {
        // The client library says INTERNAL when a connection failed for another reason than its socket.
        HttpRequestException? dial = error.Status.DebugException as HttpRequestException;
        bool noPrimary = error.StatusCode == StatusCode.Unavailable
            || (error.StatusCode == StatusCode.Internal && dial?.HttpRequestError is
                HttpRequestError.SecureConnectionError or HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError or HttpRequestError.InvalidResponse);
        if (!noPrimary)
        {
            return new RpcException(new Status(error.StatusCode, error.Status.Detail));
        }

        string reason = dial is null ? error.Status.Detail : CauseOf(dial);
        return new RpcException(new Status(
            StatusCode.Unavailable,
            $"the call could not be passed on to the primary node at {_address} : {reason}"));
    }

    // The deepest cause names the errno, or what is wrong with the certificate; those around it only repeat it.
    private static string CauseOf(HttpRequestException dial)
    {
        Exception at = dial;
        while (at.InnerException is { } inner)
        {
            at = inner;
        }

        return ReferenceEquals(at, dial) ? dial.Message : $"{at.Message} ({dial.HttpRequestError})";
    }
}
