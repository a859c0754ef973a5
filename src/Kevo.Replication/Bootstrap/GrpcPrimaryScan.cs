using Grpc.Core;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replication.Bootstrap;

/// <summary>One <c>Scan</c> call.</summary>
internal sealed class GrpcPrimaryScan(AsyncServerStreamingCall<ScanResponse> call) : IPrimaryScan
{
    private bool? _ahead;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => call.ResponseStream.Current.Key.Span;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => call.ResponseStream.Current.Value.Span;

    /// <inheritdoc/>
    public async ValueTask<LogPosition?> ReadPositionAsync(CancellationToken cancellationToken)
    {
        Metadata headers = await call.ResponseHeadersAsync.WaitAsync(cancellationToken);
        if (ReadHeaders.PositionOf(headers) is { } position)
        {
            return position;
        }

        // An answer that is nothing but an error has no headers of its own either; reading on throws it.
        _ahead = await call.ResponseStream.MoveNext(cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            return ahead;
        }

        return await call.ResponseStream.MoveNext(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        call.Dispose();
        return ValueTask.CompletedTask;
    }
}
