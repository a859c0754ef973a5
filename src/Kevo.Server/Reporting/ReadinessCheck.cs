namespace Kevo.Server.Reporting;

/// <summary>One thing readiness depends on.</summary>
/// <param name="Code">Its name, one of <see cref="ReadinessCodes"/>.</param>
/// <param name="Passed">Whether it is in order.</param>
/// <param name="Detail">The figures behind it, in words.</param>
public sealed record ReadinessCheck(string Code, bool Passed, string Detail)
{
    /// <summary>
    /// The reason of the error behind a check that failed, as log, status and metrics name it; null when there is none.
    /// </summary>
    public string? Cause { get; init; }
}
