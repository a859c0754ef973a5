using Kevo.Core;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// Applies puts of one size to a store, one transaction each, on from what is durable; its owner syncs.
/// </summary>
public sealed class StoreWriter(ReplicaStore store, int valueSize)
{
    private readonly byte[] _payload = new byte[64 + valueSize];
    private readonly byte[] _key = new byte[StoreFill.KeyLength];
    private readonly byte[] _value = StoreFill.NewValue(valueSize);
    private ulong _sequence = store.Durable.Sequence;

    /// <summary>Applies one put; bytes of its payload.</summary>
    public int Put(long keyNumber)
    {
        StoreFill.WriteKey(_key, keyNumber);
        int length = WalEntry.Write(_payload, Operation.Put, ++_sequence, _key, _value);
        store.Apply(WalEntry.FromVerified(_payload.AsSpan(0, length)));
        return length;
    }
}
