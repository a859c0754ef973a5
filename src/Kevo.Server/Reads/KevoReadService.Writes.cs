using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>
/// Writes: checked as stock checks them, then refused with the primary's address, or passed on to it.
/// </summary>
internal sealed partial class KevoReadService
{
    /// <summary>Put.</summary>
    public Task<PutResponse> PutAsync(PutRequest request, ServerCallContext context)
    {
        RequestRules.CheckKey(request.Key);
        RequestRules.CheckValue(request.Value);
        return Forwarder().PutAsync(request, context);
    }

    /// <summary>Delete.</summary>
    public Task<DeleteResponse> DeleteAsync(DeleteRequest request, ServerCallContext context)
    {
        RequestRules.CheckKey(request.Key);
        return Forwarder().DeleteAsync(request, context);
    }

    /// <summary>BatchWrite; an empty one succeeds everywhere.</summary>
    public Task<BatchWriteResponse> BatchWriteAsync(BatchWriteRequest request, ServerCallContext context)
    {
        if (request.Operations.Count == 0)
        {
            return Task.FromResult(new BatchWriteResponse { Success = true });
        }

        RequestRules.CheckBatch(request.Operations);
        return Forwarder().BatchWriteAsync(request, context);
    }

    /// <summary>
    /// Compact. Unforced it succeeds and does nothing, as on stock: this node compacts by itself. Forced it is a write
    /// on stock (it puts a marker key), so it is treated as one.
    /// </summary>
    public Task<CompactResponse> CompactAsync(CompactRequest request, ServerCallContext context) =>
        request.Force
            ? Forwarder().CompactAsync(request, context)
            : Task.FromResult(new CompactResponse { Success = true });
}
