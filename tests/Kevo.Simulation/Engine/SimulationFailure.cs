namespace Kevo.Simulation.Engine;

/// <summary>An oracle was violated, or the simulated world did something that cannot be.</summary>
public sealed class SimulationFailure(string message, Exception? inner = null) : Exception(message, inner);
