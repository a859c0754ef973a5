using Kevo.Core;

namespace Kevo.Replication.Sequencing;

/// <summary>One live write of a stock primary, copied out of its response.</summary>
/// <param name="Sequence">The primary's number.</param>
/// <param name="Operation">What it does.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; empty for a delete.</param>
public readonly record struct LiveWrite(ulong Sequence, Operation Operation, byte[] Key, byte[] Value);
