namespace Kevo.Testing.Disk;

/// <summary>
/// The machine stopped here. No product error, so that nothing handles it; every later call to the same disk raises
/// it again.
/// </summary>
public sealed class SimulatedCrashException(string message) : Exception(message);
