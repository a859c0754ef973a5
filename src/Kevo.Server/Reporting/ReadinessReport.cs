namespace Kevo.Server.Reporting;

/// <summary>Whether the node is ready, and everything that was looked at.</summary>
/// <param name="Ready">True when every check passed.</param>
/// <param name="Checks">The checks, always all of them.</param>
public sealed record ReadinessReport(bool Ready, IReadOnlyList<ReadinessCheck> Checks);
