using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replication.Session;

/// <summary>A question that touches nothing at a primary.</summary>
internal static class HarmlessQuestion
{
    /// <summary>
    /// Asks it; the caller disposes the call. A stock primary does not serve its client service at its replication port
    /// and says so (UNIMPLEMENTED) without looking at anything; a relay says by its headers that it is one.
    /// </summary>
    public static AsyncUnaryCall<GetNodeInfoResponse> Ask(CallInvoker invoker, CancellationToken cancellationToken) =>
        new KevoService.KevoServiceClient(invoker).GetNodeInfoAsync(
            new GetNodeInfoRequest(), cancellationToken: cancellationToken);
}
