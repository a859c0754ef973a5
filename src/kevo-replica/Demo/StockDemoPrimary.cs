using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;

namespace Kevo.Replica.Demo;

/// <summary>
/// An embedded primary that behaves as stock Kevo does, with its peculiarities but without its freezes.
/// </summary>
internal sealed class StockDemoPrimary : IDemoPrimary
{
    // Above it stock refuses a log record.
    private const int LargestRecord = 32_000;

    private readonly StockPrimaryHost _host;

    private StockDemoPrimary(StockPrimaryHost host) => _host = host;

    /// <inheritdoc/>
    public string Description => $"stock Kevo, simulated, on {_host.ReplicationAddress}";

    /// <inheritdoc/>
    public IReadOnlyList<string> ReplicaFlags =>
    [
        "--primary", _host.ReplicationAddress.ToString(),
        "--primary-client", _host.ClientAddress.ToString(),
        "--follow", "tick",
    ];

    /// <inheritdoc/>
    public ulong LastSequence => _host.Run(model => model.NextSequence) - 1;

    /// <inheritdoc/>
    public ulong Acknowledged =>
        _host.Run(model => model.Sessions.Select(session => session.Acknowledged).DefaultIfEmpty().Max());

    /// <inheritdoc/>
    public int LargestValue => LargestRecord - 100;

    /// <summary>Starts it on two free ports.</summary>
    public static async Task<StockDemoPrimary> StartAsync(TimeProvider time, CancellationToken stop)
    {
        // A flush of the memtable ends replication for good on a stock primary; the tour does not go there.
        var options = new StockPrimaryOptions { MemtableSize = long.MaxValue, MaxMemtableAge = TimeSpan.Zero };
        var model = new StockPrimaryModel(options, time);
        return new StockDemoPrimary(
            await StockPrimaryHost.StartAsync(model, new StockPrimaryHostOptions(), time, stop));
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<DemoOperation> operations) => _host.Run(model =>
    {
        if (operations is [var single])
        {
            _ = single.Operation == Operation.Delete ? model.Delete(single.Key) : model.Put(single.Key, single.Value);
        }
        else
        {
            _ = model.Commit([.. operations.Select(
                operation => new StockOperation(operation.Operation, operation.Key, operation.Value))]);
        }
    });

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public Task<DemoHistory> ReadAsync(CancellationToken cancellationToken)
    {
        // Its log is what counts: what a stock primary answers to reads differs from it after overlapping batches.
        var history = new DemoHistory();
        foreach (StockEntry entry in _host.Run(model => model.ReadLog()))
        {
            WalEntry parsed = WalEntry.FromVerified(entry.Payload.Span);
            history.Add(in parsed);
        }

        history.Complete();
        return Task.FromResult(history);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
