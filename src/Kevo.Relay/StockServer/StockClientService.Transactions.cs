using Google.Protobuf;
using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Relay.StockServer;

/// <content>Interactive transactions.</content>
internal sealed partial class StockClientService
{
    public override async Task<BeginTransactionResponse> BeginTransaction(
        BeginTransactionRequest request, ServerCallContext context)
    {
        string id = await host.Transactions.BeginAsync(request.ReadOnly, context.CancellationToken);
        return new BeginTransactionResponse { TransactionId = id };
    }

    public override async Task<CommitTransactionResponse> CommitTransaction(
        CommitTransactionRequest request, ServerCallContext context)
    {
        await host.Transactions.CommitAsync(request.TransactionId, context.CancellationToken);
        return new CommitTransactionResponse { Success = true };
    }

    public override Task<RollbackTransactionResponse> RollbackTransaction(
        RollbackTransactionRequest request, ServerCallContext context)
    {
        host.Transactions.Rollback(request.TransactionId);
        return Task.FromResult(new RollbackTransactionResponse { Success = true });
    }

    public override async Task<TxGetResponse> TxGet(TxGetRequest request, ServerCallContext context)
    {
        byte[] key = request.Key.ToByteArray();
        StockOperation? own = host.Transactions.Use<StockOperation?>(
            request.TransactionId,
            transaction => transaction.Operations.TryGetValue(key, out StockOperation found) ? found : null);
        if (key.Length is 0 or > MaxKeyLength)
        {
            if (host.Run(static model => model.Options.Has(StockQuirks.BadKeyLeaksTransactionLock)))
            {
                host.Transactions.Leak(request.TransactionId);
            }

            throw Unknown("invalid key size");
        }

        if (own is { } operation)
        {
            bool found = operation.Operation != Core.Operation.Delete;
            return new TxGetResponse { Found = found, Value = found ? Wrap(operation.Value) : ByteString.Empty };
        }

        GetResponse answer = await host.CallAsync(model => ToGetResponse(model, key), context.CancellationToken);
        return new TxGetResponse { Found = answer.Found, Value = answer.Value };
    }

    public override Task<TxPutResponse> TxPut(TxPutRequest request, ServerCallContext context)
    {
        host.Transactions.Use(request.TransactionId, transaction =>
        {
            Refuse(transaction.ReadOnly, "cannot write to read-only transaction");
            CheckKey(request.Key, "invalid key size");
            Refuse(request.Value.Length > MaxValueLength, "value too large");
            byte[] key = request.Key.ToByteArray();
            transaction.Operations[key] = StockOperation.Put(key, request.Value.ToByteArray());
            return true;
        });
        return Task.FromResult(new TxPutResponse { Success = true });
    }

    public override Task<TxDeleteResponse> TxDelete(TxDeleteRequest request, ServerCallContext context)
    {
        host.Transactions.Use(request.TransactionId, transaction =>
        {
            Refuse(transaction.ReadOnly, "cannot delete in read-only transaction");
            CheckKey(request.Key, "invalid key size");
            byte[] key = request.Key.ToByteArray();
            transaction.Operations[key] = StockOperation.Delete(key);
            return true;
        });
        return Task.FromResult(new TxDeleteResponse { Success = true });
    }

    public override async Task TxScan(
        TxScanRequest request, IServerStreamWriter<TxScanResponse> responseStream, ServerCallContext context)
    {
        StockOperation[] own = host.Transactions.Use(
            request.TransactionId, static transaction => transaction.Operations.Values.ToArray());
        IReadOnlyList<KeyValuePair<byte[], byte[]>> rows = await host.CallAsync(
            model => model.Scan(
                request.Prefix.Span, request.Suffix.Span, request.StartKey.Span, request.EndKey.Span, limit: 0),
            context.CancellationToken);
        var merged = new SortedDictionary<byte[], byte[]>(ByteKeyComparer.Instance);
        foreach ((byte[] key, byte[] value) in rows)
        {
            merged[key] = value;
        }

        foreach (StockOperation operation in own)
        {
            merged.Remove(operation.Key);
            if (operation.Operation != Core.Operation.Delete && Selects(request, operation.Key))
            {
                merged.Add(operation.Key, operation.Value);
            }
        }

        int left = request.Limit > 0 ? request.Limit : int.MaxValue;
        foreach ((byte[] key, byte[] value) in merged)
        {
            if (left-- == 0)
            {
                break;
            }

            var row = new TxScanResponse { Key = Wrap(key), Value = Wrap(value) };
            await responseStream.WriteAsync(row, context.CancellationToken);
        }
    }

    private static bool Selects(TxScanRequest request, ReadOnlySpan<byte> key)
    {
        if (!request.Prefix.IsEmpty || !request.Suffix.IsEmpty)
        {
            return key.StartsWith(request.Prefix.Span) && key.EndsWith(request.Suffix.Span);
        }

        return key.SequenceCompareTo(request.StartKey.Span) >= 0
            && (request.EndKey.IsEmpty || key.SequenceCompareTo(request.EndKey.Span) < 0);
    }
}
