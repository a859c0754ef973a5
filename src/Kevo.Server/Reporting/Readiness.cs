using System.Globalization;

namespace Kevo.Server.Reporting;

/// <summary>
/// Decides whether the node is ready, and says why not, for probes, health checks, metrics and status alike.
/// Thread-safe.
/// </summary>
public sealed class Readiness(IReplicaStatus status, ReadinessLimits limits, TimeProvider time)
{
    private bool _draining;

    /// <summary>The limits in force.</summary>
    public ReadinessLimits Limits { get; } = limits;

    /// <summary>Makes the node unready for good, so that load balancers move on before it stops.</summary>
    public void BeginDraining() => Volatile.Write(ref _draining, true);

    /// <summary>Looks at everything now.</summary>
    public ReadinessReport Evaluate() => Evaluate(status.GetReport());

    /// <summary>Looks at a report that was just made.</summary>
    public ReadinessReport Evaluate(ReplicaReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        ReadinessCheck[] checks =
        [
            CheckFatal(report),
            CheckHistory(report),
            CheckPrimary(report),
            CheckLag(report),
            new ReadinessCheck(
                ReadinessCodes.Draining,
                !Volatile.Read(ref _draining),
                Volatile.Read(ref _draining) ? "the node is about to stop" : "the node is not stopping"),
        ];
        return new ReadinessReport(checks.All(check => check.Passed), checks);
    }

    private static ReadinessCheck CheckFatal(ReplicaReport report) => report.Fatal is ErrorReport fatal
        ? new ReadinessCheck(ReadinessCodes.Failed, false, $"{fatal.Kind}: {fatal.Message}")
        : new ReadinessCheck(ReadinessCodes.Failed, true, "the data path works");

    private static ReadinessCheck CheckHistory(ReplicaReport report) => report switch
    {
        { Bootstrap: BootstrapReport bootstrap } => new ReadinessCheck(
            ReadinessCodes.NoHistory,
            false,
            string.Create(CultureInfo.InvariantCulture, $"a bootstrap is under way: {bootstrap.Keys} keys so far")),
        { Positions.Durable.Epoch: 0 } => new ReadinessCheck(
            ReadinessCodes.NoHistory, false, "nothing has been replicated yet"),
        _ => new ReadinessCheck(ReadinessCodes.NoHistory, true, $"durable at {report.Positions.Durable}"),
    };

    private ReadinessCheck CheckPrimary(ReplicaReport report)
    {
        if (report.PrimaryHeardAt is not DateTimeOffset heard)
        {
            return new ReadinessCheck(
                ReadinessCodes.PrimarySilent, false, $"nothing has been heard from {report.PrimaryAddress} yet");
        }

        TimeSpan silence = time.GetUtcNow() - heard;
        return new ReadinessCheck(
            ReadinessCodes.PrimarySilent,
            silence <= Limits.MaxSilence,
            $"{report.PrimaryAddress} was heard {Seconds(silence)} s ago (limit {Seconds(Limits.MaxSilence)} s)");
    }

    private ReadinessCheck CheckLag(ReplicaReport report) => report.Lag switch
    {
        { Time: TimeSpan lag } => new ReadinessCheck(
            ReadinessCodes.Lagging,
            lag <= Limits.MaxLag,
            $"{Seconds(lag)} s behind the primary (limit {Seconds(Limits.MaxLag)} s)"),
        { Entries: > 0 } => new ReadinessCheck(
            ReadinessCodes.Lagging,
            false,
            $"{report.Lag.Entries} transactions behind the primary, and not yet level with it since the start"),
        _ => new ReadinessCheck(ReadinessCodes.LagUnknown, false, "it is not known how far this node is behind"),
    };

    private static string Seconds(TimeSpan time) =>
        Math.Max(0, time.TotalSeconds).ToString("0.#", CultureInfo.InvariantCulture);
}
