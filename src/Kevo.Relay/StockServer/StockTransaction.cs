using Kevo.Relay.Stock;

namespace Kevo.Relay.StockServer;

/// <summary>One open transaction of the simulated primary. Guarded by <see cref="StockTransactions"/>.</summary>
internal sealed class StockTransaction(string id, bool readOnly, DateTimeOffset now)
{
    public string Id { get; } = id;

    public bool ReadOnly { get; } = readOnly;

    public DateTimeOffset Created { get; } = now;

    public DateTimeOffset LastUsed { get; set; } = now;

    /// <summary>Buffered operations by key; the last one on a key counts.</summary>
    public SortedDictionary<byte[], StockOperation> Operations { get; } = new(ByteKeyComparer.Instance);
}
