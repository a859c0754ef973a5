namespace Kevo.Faults.Tests.Scenarios;

/// <summary>What is on the disk, or is served from it, is not what must be.</summary>
public sealed class ProofFailedException(string message) : Exception(message);
