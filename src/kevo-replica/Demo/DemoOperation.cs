using Kevo.Core;

namespace Kevo.Replica.Demo;

/// <summary>One change of one key.</summary>
/// <param name="Operation">Put or delete.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; empty for a delete.</param>
internal readonly record struct DemoOperation(Operation Operation, byte[] Key, byte[] Value);
