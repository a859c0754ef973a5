using Kevo.Core;

namespace Kevo.Testing.Disk;

/// <summary>What shall happen at one call to the disk.</summary>
/// <param name="Operation">The operation name.</param>
/// <param name="Occurrence">Which call of that name, from 1.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Fault">The error, when the call fails.</param>
internal sealed record PlannedFault(string Operation, int Occurrence, PlannedFaultKind Kind, StorageFault Fault);
