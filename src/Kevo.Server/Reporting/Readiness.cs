using System.Globalization;

namespace Kevo.Server.Reporting;

/// <summary>
/// Decides whether the node is ready, and says why not, for probes, health checks, metrics and status alike.
/// Thread-safe.
/// </summary>
public sealed class Readiness(IReplicaStatus status, ReadinessLimits limits, TimeProvider time)
{
    private volatile ReadinessLimits _limits = limits;
    private bool _draining;

    /// <summary>The limits in force. May be replaced at any time.</summary>
    public ReadinessLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>When the certificates in use run out, by endpoint; asked for at every look.</summary>
    public Func<IEnumerable<(string Endpoint, DateTimeOffset Expiry)>> Certificates { get; init; } = static () => [];

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
            .. CheckData(report),
            CheckCertificates(),
            new ReadinessCheck(
                ReadinessCodes.Draining,
                !Volatile.Read(ref _draining),
                Volatile.Read(ref _draining) ? "the node is about to stop" : "the node is not stopping"),
        ];
        return new ReadinessReport(checks.All(check => check.Passed), checks);
    }

    /// <summary>
    /// What there is to ask about the data: nothing but the opening until that is over, and of a node that follows
    /// nobody not how far it is behind.
    /// </summary>
    private IEnumerable<ReadinessCheck> CheckData(ReplicaReport report)
    {
        if (!report.IsOpen)
        {
            return report.Fatal is null ? [CheckRecovery(report.Recovery)] : [];
        }

        ReadinessCheck history = Explain(CheckHistory(report), report);
        return report.Role switch
        {
            NodeRoles.Relay => [history],
            NodeRoles.Sidecar => [history, Explain(CheckLag(report), report)],
            _ =>
            [
                history,
                CheckSnapshot(report),
                CheckCondition(report),
                Explain(CheckPrimary(report), report),
                Explain(CheckLag(report), report),
            ],
        };
    }

    private static ReadinessCheck CheckRecovery(WorkReport? work) => new(
        ReadinessCodes.Recovering,
        false,
        work is null
            ? "the data directory is being opened"
            : string.Create(CultureInfo.InvariantCulture, $"the data directory is being opened: {work.Stage}")
                + (work.Fraction is { } part
                    ? string.Create(CultureInfo.InvariantCulture, $", {Math.Floor(part * 100)} %") : ""));

    /// <summary>
    /// Adds the error that stands to a check that failed because of it: not hearing the primary is seldom the cause.
    /// </summary>
    private static ReadinessCheck Explain(ReadinessCheck check, ReplicaReport report) =>
        check.Passed || report.Trouble is not ErrorReport trouble
            ? check
            : check with { Detail = $"{check.Detail}; {trouble.Kind}: {trouble.Message}", Cause = trouble.Reason };

    private static ReadinessCheck CheckFatal(ReplicaReport report) => report.Fatal is ErrorReport fatal
        ? new ReadinessCheck(ReadinessCodes.Failed, false, $"{fatal.Kind}: {fatal.Message}") { Cause = fatal.Reason }
        : new ReadinessCheck(ReadinessCodes.Failed, true, "the data path works");

    // A node without history that was level with its primary follows one that has none either.
    private static ReadinessCheck CheckHistory(ReplicaReport report) => report switch
    {
        { Positions.Durable.Epoch: > 0 } => new ReadinessCheck(
            ReadinessCodes.NoHistory, true, $"durable at {report.Positions.Durable}"),
        { Lag.Time: not null } => new ReadinessCheck(ReadinessCodes.NoHistory, true, "the primary has no history yet"),
        _ => new ReadinessCheck(ReadinessCodes.NoHistory, false, "nothing has been replicated yet"),
    };

    private static ReadinessCheck CheckSnapshot(ReplicaReport report) => report.Bootstrap is BootstrapReport snapshot
        ? new ReadinessCheck(
            ReadinessCodes.CatchingUp,
            false,
            string.Create(
                CultureInfo.InvariantCulture,
                $"a snapshot of the primary is needed or under way, {snapshot.Keys} keys so far")
                + (snapshot.Reason.Length == 0 ? "" : ": " + snapshot.Reason))
        : new ReadinessCheck(ReadinessCodes.CatchingUp, true, "no snapshot of the primary is needed");

    private ReadinessCheck CheckCondition(ReplicaReport report) => report.PrimaryCondition switch
    {
        PrimaryConditions.Rotated => new ReadinessCheck(
            ReadinessCodes.PrimaryRotated,
            false,
            $"{report.PrimaryAddress} has rotated its log and sends nothing any more; restart it, "
            + "or follow its files with a relay"),
        PrimaryConditions.NotAnswering => new ReadinessCheck(
            ReadinessCodes.PrimaryNotAnswering,
            false,
            $"{report.PrimaryAddress}, or its read service, does not answer: it is frozen or cut off"),
        PrimaryConditions.Stopping => new ReadinessCheck(
            ReadinessCodes.PrimaryStopping, false, $"{report.PrimaryAddress} is being stopped"),
        PrimaryConditions.Restarted => new ReadinessCheck(
            ReadinessCodes.PrimaryRestarted,
            false,
            $"{report.PrimaryAddress} was restarted and shows something else than what is held; its first write will "
            + "tell whether its history goes on"),
        PrimaryConditions.TooFar => new ReadinessCheck(
            ReadinessCodes.PrimaryTooFar,
            time.GetUtcNow() - report.PrimaryHeardAt <= Limits.MaxLag,
            $"{report.PrimaryAddress} is too far away to be listened to without harm; run a relay near it, and follow "
            + $"that: {report.RecentErrors.FirstOrDefault()?.Message}"),
        PrimaryConditions.Unreachable => new ReadinessCheck(
            ReadinessCodes.PrimaryUnreachable,
            time.GetUtcNow() - report.PrimaryHeardAt <= Limits.MaxLag,
            $"no stream of {report.PrimaryAddress} is open: {report.RecentErrors.FirstOrDefault()?.Message}"),
        _ => new ReadinessCheck(ReadinessCodes.PrimaryRotated, true, "nothing says that the primary stopped sending"),
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

    private ReadinessCheck CheckCertificates()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((string endpoint, DateTimeOffset expiry) in Certificates())
        {
            if (expiry <= now)
            {
                return new ReadinessCheck(
                    ReadinessCodes.CertificateExpired,
                    false,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the certificate of {endpoint} expired on {expiry.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}; ")
                    + "renew it")
                {
                    Cause = ReadinessCodes.CertificateExpired,
                };
            }
        }

        return new ReadinessCheck(ReadinessCodes.CertificateExpired, true, "no certificate in use has run out");
    }

    private static string Seconds(TimeSpan time) =>
        Math.Max(0, time.TotalSeconds).ToString("0.#", CultureInfo.InvariantCulture);
}
