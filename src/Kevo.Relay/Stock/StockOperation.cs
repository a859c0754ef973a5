using Kevo.Core;

namespace Kevo.Relay.Stock;

/// <summary>One operation of a batch or transaction, before it has a number.</summary>
/// <param name="Operation">Put or delete.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; ignored for a delete.</param>
public readonly record struct StockOperation(Operation Operation, byte[] Key, byte[] Value)
{
    /// <summary>A put.</summary>
    public static StockOperation Put(byte[] key, byte[] value) => new(Operation.Put, key, value);

    /// <summary>A delete.</summary>
    public static StockOperation Delete(byte[] key) => new(Operation.Delete, key, []);
}
