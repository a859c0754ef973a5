using Google.Protobuf;
using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Relay.StockServer;

/// <summary>
/// The client service of the simulated primary with stock's checks and texts; every error is UNKNOWN unless noted.
/// </summary>
internal sealed partial class StockClientService(StockPrimaryHost host) : KevoService.KevoServiceBase
{
    private const int MaxKeyLength = 4096;
    private const int MaxValueLength = 10 * 1024 * 1024;
    private const int MaxBatchOperations = 1000;

    public override async Task<GetResponse> Get(GetRequest request, ServerCallContext context)
    {
        CheckKey(request.Key, "invalid key size");
        byte[] key = request.Key.ToByteArray();
        return await host.CallAsync(model => ToGetResponse(model, key), context.CancellationToken);
    }

    public override async Task<PutResponse> Put(PutRequest request, ServerCallContext context)
    {
        CheckKey(request.Key, "invalid key size");
        Refuse(request.Value.Length > MaxValueLength, "value too large");
        byte[] key = request.Key.ToByteArray();
        byte[] value = request.Value.ToByteArray();
        await host.CallAsync(model => StockTransactions.Boxed(model.Put(key, value)), context.CancellationToken);
        return new PutResponse { Success = true };
    }

    public override async Task<DeleteResponse> Delete(DeleteRequest request, ServerCallContext context)
    {
        CheckKey(request.Key, "invalid key size");
        byte[] key = request.Key.ToByteArray();
        await host.CallAsync(model => StockTransactions.Boxed(model.Delete(key)), context.CancellationToken);
        return new DeleteResponse { Success = true };
    }

    public override async Task<BatchWriteResponse> BatchWrite(BatchWriteRequest request, ServerCallContext context)
    {
        Refuse(
            request.Operations.Count > MaxBatchOperations,
            "batch size exceeds maximum allowed (1000)");
        var operations = new List<StockOperation>(request.Operations.Count);
        foreach (Operation operation in request.Operations)
        {
            CheckKey(operation.Key, "invalid key size in batch operation");
            Refuse(operation.Value.Length > MaxValueLength, "value too large in batch operation");
            operations.Add(operation.Type switch
            {
                Operation.Types.Type.Put =>
                    StockOperation.Put(operation.Key.ToByteArray(), operation.Value.ToByteArray()),
                Operation.Types.Type.Delete => StockOperation.Delete(operation.Key.ToByteArray()),
                _ => throw Unknown("unknown operation type"),
            });
        }

        if (operations.Count > 0)
        {
            await host.Transactions.WithLockAsync(
                exclusive: true,
                () => host.CallAsync(
                    model => StockTransactions.Boxed(model.Commit(operations)), context.CancellationToken));
        }

        return new BatchWriteResponse { Success = true };
    }

    public override async Task Scan(
        ScanRequest request, IServerStreamWriter<ScanResponse> responseStream, ServerCallContext context)
    {
        await host.Transactions.WithLockAsync(exclusive: false, async () =>
        {
            IReadOnlyList<KeyValuePair<byte[], byte[]>> rows = await host.CallAsync(
                model => model.Scan(
                    request.Prefix.Span,
                    request.Suffix.Span,
                    request.StartKey.Span,
                    request.EndKey.Span,
                    request.Limit),
                context.CancellationToken);
            int? cut = host.Run(static model => model.Options.ScanRowsBeforeCut);
            foreach ((byte[] key, byte[] value) in rows)
            {
                if (cut-- == 0)
                {
                    throw new RpcException(new Status(StatusCode.Unavailable, "closing transport due to max age"));
                }

                var row = new ScanResponse { Key = Wrap(key), Value = Wrap(value) };
                await responseStream.WriteAsync(row, context.CancellationToken);
            }

            return rows.Count;
        });
    }

    public override Task<GetStatsResponse> GetStats(GetStatsRequest request, ServerCallContext context) =>
        host.Transactions.WithLockAsync(
            exclusive: false,
            () => host.CallAsync(static model => model.GetStats(), context.CancellationToken));

    public override async Task<CompactResponse> Compact(CompactRequest request, ServerCallContext context)
    {
        if (request.Force)
        {
            await host.Transactions.WithLockAsync(
                exclusive: true,
                () => host.CallAsync(
                    static model => StockTransactions.Boxed(model.Compact(force: true)), context.CancellationToken));
        }

        return new CompactResponse { Success = true };
    }

    public override Task<GetNodeInfoResponse> GetNodeInfo(GetNodeInfoRequest request, ServerCallContext context) =>
        host.CallAsync(static model => model.GetNodeInfo(), context.CancellationToken);

    private static GetResponse? ToGetResponse(StockPrimaryModel model, byte[] key) =>
        model.TryGet(key, out byte[]? value) switch
        {
            null => null,
            true => new GetResponse { Found = true, Value = Wrap(value!) },
            false => new GetResponse(),
        };

    private static void CheckKey(ByteString key, string text) =>
        Refuse(key.Length is 0 or > MaxKeyLength, text);

    private static void Refuse(bool condition, string text)
    {
        if (condition)
        {
            throw Unknown(text);
        }
    }

    private static RpcException Unknown(string text) => new(new Status(StatusCode.Unknown, text));

    // Values of the model are never changed after they were written, so they can travel without a copy.
    private static ByteString Wrap(byte[] bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
