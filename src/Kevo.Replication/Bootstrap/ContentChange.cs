using Kevo.Core;

namespace Kevo.Replication.Bootstrap;

/// <summary>What has to be done to one key so that this node agrees with the primary.</summary>
/// <param name="Operation">Put or delete.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; empty for a delete.</param>
/// <param name="Before">Fingerprint of what was held before, or of its absence.</param>
public readonly record struct ContentChange(Operation Operation, byte[] Key, byte[] Value, ulong Before)
{
    /// <summary>Fingerprint of what the primary shows, or of its absence.</summary>
    internal ulong After => RotationWitness.HashOf(Value, Operation == Operation.Put);

    /// <summary>
    /// Whether a client of the live primary could see the change: not one between an empty value and none, which look
    /// the same there. It is made here all the same, and says nothing of the primary's history.
    /// </summary>
    internal bool IsSeen => Before != After;

    /// <summary>What the change costs in memory, about.</summary>
    internal int Cost => Key.Length + Value.Length + 104;
}
