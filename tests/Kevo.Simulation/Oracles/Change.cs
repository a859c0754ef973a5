using Kevo.Core;

namespace Kevo.Simulation.Oracles;

/// <summary>One operation of a transaction.</summary>
/// <param name="Operation">Put or delete.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; empty for a delete.</param>
internal sealed record Change(Operation Operation, byte[] Key, byte[] Value);
