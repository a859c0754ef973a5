using Google.Protobuf;
using Grpc.Core;
using Kevo.Server.Consistency;
using Kevo.Server.Forwarding;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>
/// Kevo's client service on a replica: reads answered from snapshots, writes refused with the answer that sends stock
/// clients to the primary, or passed on to it. One instance serves all calls.
/// </summary>
internal sealed partial class KevoReadService : IDisposable
{
    private readonly IKeyValueStore _store;
    private readonly IReplicaStatus _status;
    private readonly ReadServiceOptions _options;
    private readonly ReadConsistency _consistency;
    private readonly TransactionTable _transactions;
    private readonly RpcStatistics _statistics;
    private readonly PrimaryForwarder? _forwarder;
    private readonly TimeProvider _time;
    private readonly ResponseBudget _budget;

    public KevoReadService(
        IKeyValueStore store,
        IReplicaStatus status,
        ReadServiceOptions options,
        RpcStatistics statistics,
        PrimaryForwarder? forwarder,
        TimeProvider time)
    {
        _store = store;
        _status = status;
        _options = options;
        _statistics = statistics;
        _forwarder = forwarder;
        _time = time;
        _budget = new ResponseBudget(options.MaxLargeResponseBytes);
        _consistency = new ReadConsistency(store, status, options.Consistency, time);
        _transactions = new TransactionTable(options.NodeId, options.Transactions, time);
    }

    /// <summary>host:port clients are told; known when the server has started.</summary>
    public string AdvertisedAddress { get; set; } = "";

    /// <summary>The consistency room, for its counters.</summary>
    public ReadConsistency Consistency => _consistency;

    /// <summary>The open transactions, for their counters.</summary>
    public TransactionTable Transactions => _transactions;

    /// <summary>The value of one key at the newest visible position.</summary>
    public async Task<ValueAnswer> GetAsync(GetRequest request, ServerCallContext context)
    {
        RequestRules.CheckKey(request.Key);
        await _consistency.AdmitAsync(context);
        using (ISnapshot snapshot = _store.OpenSnapshot())
        {
            if (!snapshot.TryGet(request.Key.Span, out ReadOnlySpan<byte> value))
            {
                _consistency.Announce(context, snapshot.Position);
                return ValueAnswer.Absent;
            }

            if (value.Length <= ResponseBudget.SmallLength)
            {
                _consistency.Announce(context, snapshot.Position);
                _statistics.CountBytes(value.Length);
                return ValueAnswer.Found(value);
            }
        }

        using SnapshotView view = new(_store.OpenSnapshot());
        return (await GetLargeAsync(view, request.Key, context))!;
    }

    /// <summary>The live keys of a range at one position.</summary>
    public async Task ScanAsync(ScanRequest request, ServerCallContext context)
    {
        await _consistency.AdmitAsync(context);
        using SnapshotView view = new(_store.OpenSnapshot());
        _consistency.Announce(context, view.Position);
        ScanRange range = new(request.Prefix, request.Suffix, request.StartKey, request.EndKey, request.Limit);
        await PumpAsync(view, range, context, touch: null);
    }

    /// <summary>Ends every open transaction and the connection to the primary.</summary>
    public void Dispose()
    {
        _transactions.Dispose();
        _forwarder?.Dispose();
    }

    /// <summary>
    /// Looks a key up in a view, with room taken first if its value is large; null when the view is closed.
    /// </summary>
    private async Task<ValueAnswer?> GetLargeAsync(SnapshotView view, ByteString key, ServerCallContext context)
    {
        _consistency.Announce(context, view.Position);
        ValueAnswer? answer = view.Get(key.Span, ResponseBudget.SmallLength, out int length);
        if (answer is null && length > 0)
        {
            await LargeResponse.BeginAsync(_budget, length, context, _options.ScanStallLimit, _time);
            answer = view.Get(key.Span, int.MaxValue, out length);
        }

        _statistics.CountBytes(length);
        return answer;
    }

    private async Task<bool> PumpAsync(SnapshotView view, ScanRange range, ServerCallContext context, Action? touch)
    {
        ScanPump pump = new(view, range, _budget, _time, _options.ScanStallLimit);
        try
        {
            return await pump.RunAsync(context, touch);
        }
        finally
        {
            _statistics.CountScan(pump);
        }
    }
}
