using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replication.Bootstrap;

/// <summary>One <c>Scan</c> call.</summary>
internal sealed class GrpcPrimaryScan(AsyncServerStreamingCall<ScanResponse> call) : IPrimaryScan
{
    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => call.ResponseStream.Current.Key.Span;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => call.ResponseStream.Current.Value.Span;

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken) =>
        await call.ResponseStream.MoveNext(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        call.Dispose();
        return ValueTask.CompletedTask;
    }
}
