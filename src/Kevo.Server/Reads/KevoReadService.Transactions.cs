using Google.Protobuf;
using Grpc.Core;
using Kevo.Server.Consistency;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>Transactions: read-only ones here, read-write ones refused or passed on.</summary>
internal sealed partial class KevoReadService
{
    /// <summary>Begins a transaction: read-only with a snapshot of its own, read-write only by passing it on.</summary>
    public async Task<BeginTransactionResponse> BeginAsync(BeginTransactionRequest request, ServerCallContext context)
    {
        if (!request.ReadOnly)
        {
            return await BeginForwardedAsync(request, context);
        }

        await _consistency.AdmitAsync(context);
        using TransactionPlace place = _transactions.Reserve();
        SnapshotView view = new(_store.OpenSnapshot());
        _consistency.Announce(context, view.Position);
        return new BeginTransactionResponse { TransactionId = place.OpenRead(view).Id };
    }

    /// <summary>The value of one key as the transaction sees it.</summary>
    public async Task<ValueAnswer> TxGetAsync(TxGetRequest request, ServerCallContext context)
    {
        OpenTransaction transaction = _transactions.Use(request.TransactionId);
        RequestRules.CheckKey(request.Key);
        if (transaction is ForwardedTransaction forwarded)
        {
            TxGetResponse answer = await Forwarder().TxGetAsync(
                new TxGetRequest { TransactionId = forwarded.PrimaryId, Key = request.Key }, context);
            return answer.Found ? ValueAnswer.Found(answer.Value.Span) : ValueAnswer.Absent;
        }

        SnapshotView view = ((ReadTransaction)transaction).View;
        ReadConsistency.CheckFixed(context, view.Position);
        return await GetLargeAsync(view, request.Key, context)
            ?? throw Refusals.TransactionNotFound(request.TransactionId);
    }

    /// <summary>The live keys of a range as the transaction sees them.</summary>
    public async Task TxScanAsync(TxScanRequest request, IServerStreamWriter<ScanRow> stream, ServerCallContext context)
    {
        OpenTransaction transaction = _transactions.Use(request.TransactionId);
        if (transaction is ForwardedTransaction forwarded)
        {
            TxScanRequest passedOn = request.Clone();
            passedOn.TransactionId = forwarded.PrimaryId;
            await Forwarder().TxScanAsync(passedOn, stream, context);
            return;
        }

        SnapshotView view = ((ReadTransaction)transaction).View;
        ReadConsistency.CheckFixed(context, view.Position);
        _consistency.Announce(context, view.Position);
        ScanRange range = new(request.Prefix, request.Suffix, request.StartKey, request.EndKey, request.Limit);
        if (!await PumpAsync(view, range, context, () => transaction.Touch(_time.GetTimestamp())))
        {
            throw Refusals.TransactionNotFound(request.TransactionId);
        }
    }

    /// <summary>A write inside a transaction: only on the primary.</summary>
    public async Task<TxPutResponse> TxPutAsync(TxPutRequest request, ServerCallContext context)
    {
        ForwardedTransaction transaction = UseForWriting(request.TransactionId, Refusals.CannotWriteInReadOnly);
        RequestRules.CheckKey(request.Key);
        RequestRules.CheckValue(request.Value);
        return await Forwarder().TxPutAsync(
            new TxPutRequest { TransactionId = transaction.PrimaryId, Key = request.Key, Value = request.Value },
            context);
    }

    /// <summary>A delete inside a transaction: only on the primary.</summary>
    public async Task<TxDeleteResponse> TxDeleteAsync(TxDeleteRequest request, ServerCallContext context)
    {
        ForwardedTransaction transaction = UseForWriting(request.TransactionId, Refusals.CannotDeleteInReadOnly);
        RequestRules.CheckKey(request.Key);
        return await Forwarder().TxDeleteAsync(
            new TxDeleteRequest { TransactionId = transaction.PrimaryId, Key = request.Key }, context);
    }

    /// <summary>Ends a transaction; a read-only one has nothing to commit.</summary>
    public async Task<CommitTransactionResponse> CommitAsync(
        CommitTransactionRequest request, ServerCallContext context)
    {
        using OpenTransaction transaction = Take(request.TransactionId);
        return transaction is ForwardedTransaction forwarded
            ? await Forwarder().CommitAsync(
                new CommitTransactionRequest { TransactionId = forwarded.PrimaryId }, context)
            : new CommitTransactionResponse { Success = true };
    }

    /// <summary>Ends a transaction without effect.</summary>
    public async Task<RollbackTransactionResponse> RollbackAsync(
        RollbackTransactionRequest request, ServerCallContext context)
    {
        using OpenTransaction transaction = Take(request.TransactionId);
        return transaction is ForwardedTransaction forwarded
            ? await Forwarder().RollbackAsync(
                new RollbackTransactionRequest { TransactionId = forwarded.PrimaryId }, context)
            : new RollbackTransactionResponse { Success = true };
    }

    private async Task<BeginTransactionResponse> BeginForwardedAsync(
        BeginTransactionRequest request, ServerCallContext context)
    {
        if (_forwarder is null)
        {
            throw Refusals.ReadOnlyReplica(_options.PrimaryClientAddress);
        }

        using TransactionPlace place = _transactions.Reserve();
        BeginTransactionResponse begun = await _forwarder.BeginAsync(request, context);
        return new BeginTransactionResponse { TransactionId = place.OpenForwarded(begun.TransactionId).Id };
    }

    private ForwardedTransaction UseForWriting(string id, Func<RpcException> inReadOnly) =>
        _transactions.Use(id) switch
        {
            ForwardedTransaction forwarded => forwarded,
            _ when _forwarder is not null => throw inReadOnly(),
            _ => throw Refusals.ReadOnlyReplica(_options.PrimaryClientAddress),
        };

    private OpenTransaction Take(string id)
    {
        _transactions.Use(id);
        return _transactions.TryRemove(id, out OpenTransaction? transaction)
            ? transaction
            : throw Refusals.TransactionNotFound(id);
    }

    /// <summary>
    /// Never missing where it is asked for: a forwarded transaction only exists because there is a forwarder.
    /// </summary>
    private Forwarding.PrimaryForwarder Forwarder() =>
        _forwarder ?? throw Refusals.ReadOnlyReplica(_options.PrimaryClientAddress);
}
