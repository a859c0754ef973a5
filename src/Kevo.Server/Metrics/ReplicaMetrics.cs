using System.Diagnostics.Metrics;
using Kevo.Platform;
using Kevo.Server.Reporting;
using Kevo.Storage;

namespace Kevo.Server.Metrics;

/// <summary>
/// The instruments of <see cref="MetricTable"/>. Most are asked for their value when somebody looks; only durations are
/// recorded as they happen. Thread-safe.
/// </summary>
public sealed partial class ReplicaMetrics : IDisposable
{
    private static readonly TimeSpan ReportAge = TimeSpan.FromMilliseconds(200);

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _syncDuration;
    private readonly Histogram<double> _applyDuration;
    private readonly Histogram<double> _callDuration;
    private volatile IKeyValueStore? _store;

    /// <summary>
    /// Creates the meter with what the process knows about itself; the other sources are added as they come up.
    /// </summary>
    /// <param name="version">The version of the program.</param>
    /// <param name="time">The clock.</param>
    public ReplicaMetrics(string version, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _meter = new Meter(MetricTable.MeterName, version);
        _syncDuration = CreateHistogram(MetricTable.SyncDuration);
        _applyDuration = CreateHistogram(MetricTable.ApplyDuration);
        _callDuration = CreateHistogram(MetricTable.CallDuration);
        Gauges(MetricTable.BuildInfo, () => [Labelled(MetricTable.BuildInfo, 1.0, version)]);
        ObserveProcess();
    }

    /// <summary>The meter, by which a listener tells these instruments from those of another instance.</summary>
    public Meter Meter => _meter;

    /// <summary>The last syncs, for the status page.</summary>
    public RecentDurations RecentSyncs { get; } = new(256);

    /// <summary>Records one sync of the log.</summary>
    public void RecordSync(TimeSpan duration)
    {
        _syncDuration.Record(duration.TotalSeconds);
        RecentSyncs.Add(duration);
    }

    /// <summary>Records the applying of one batch, without its sync.</summary>
    public void RecordApply(TimeSpan duration) => _applyDuration.Record(duration.TotalSeconds);

    /// <summary>Records one client call.</summary>
    /// <param name="rpc">The method's name; a constant, since each distinct one makes a series.</param>
    /// <param name="duration">How long it took.</param>
    public void RecordCall(string rpc, TimeSpan duration)
    {
        if (_callDuration.Enabled)
        {
            _callDuration.Record(
                duration.TotalSeconds, new KeyValuePair<string, object?>(MetricTable.CallDuration.Label, rpc));
        }
    }

    /// <summary>Publishes what the follower reports. Once per instance.</summary>
    public void ObserveReplica(IReplicaStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        Cached<ReplicaReport> report = new(status.GetReport, ReportAge, _time);
        ObservePositions(report);
        ObserveFollower(report);
    }

    /// <summary>Publishes the figures of the store, from when it is open. Once per instance.</summary>
    public void ObserveStore(IKeyValueStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        ObserveStore(new Cached<StoreStatistics>(store.GetStatistics, ReportAge, _time));
    }

    /// <summary>Publishes what is done for replicas of this node. Once per instance.</summary>
    public void ObserveRelay(Func<RelayActivity> activity)
    {
        ArgumentNullException.ThrowIfNull(activity);
        ObserveRelay(new Cached<RelayActivity>(activity, ReportAge, _time));
    }

    /// <summary>Publishes what a sidecar has copied. Once per instance.</summary>
    public void ObserveSidecar(Func<SidecarActivity> activity)
    {
        ArgumentNullException.ThrowIfNull(activity);
        ObserveSidecar(new Cached<SidecarActivity>(activity, ReportAge, _time));
    }

    /// <summary>Publishes whether the node is ready. Once per instance.</summary>
    public void ObserveReadiness(Readiness readiness)
    {
        ArgumentNullException.ThrowIfNull(readiness);
        Cached<ReadinessReport> report = new(readiness.Evaluate, ReportAge, _time);
        Gauges(MetricTable.Ready, () => [new Measurement<double>(report.Value.Ready ? 1 : 0)]);
        Gauges(MetricTable.NotReadyReason, () => report.Value.Checks
            .Where(check => !check.Passed)
            .Select(check => Labelled(MetricTable.NotReadyReason, 1.0, check.Code)));
    }

    /// <summary>
    /// Publishes when the certificates in use run out; <paramref name="expiries"/> is asked at every look.
    /// </summary>
    public void ObserveCertificates(Func<IEnumerable<(string Endpoint, DateTimeOffset Expiry)>> expiries)
    {
        ArgumentNullException.ThrowIfNull(expiries);
        Gauges(MetricTable.CertificateExpiry, () => expiries()
            .Select(each => Labelled(MetricTable.CertificateExpiry, Seconds(each.Expiry), each.Endpoint)));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static double Seconds(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds() / 1000.0;

    private static Measurement<T> Labelled<T>(MetricDefinition metric, T value, string label)
        where T : struct =>
        new(value, new KeyValuePair<string, object?>(metric.Label, label));

    private static IEnumerable<Measurement<double>> Optional(double? value) =>
        value is double known ? [new Measurement<double>(known)] : [];

    private Histogram<double> CreateHistogram(MetricDefinition metric) => _meter.CreateHistogram(
        metric.Name,
        metric.Unit,
        metric.Meaning,
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = metric.Bounds });

    private void Gauges(MetricDefinition metric, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(metric.Name, observe, metric.Unit, metric.Meaning);

    private void Counters(MetricDefinition metric, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableCounter(metric.Name, observe, metric.Unit, metric.Meaning);

    private void Counter(MetricDefinition metric, Func<double> observe) =>
        _meter.CreateObservableCounter(metric.Name, observe, metric.Unit, metric.Meaning);

    private void Gauge(MetricDefinition metric, Func<double> observe) =>
        _meter.CreateObservableGauge(metric.Name, observe, metric.Unit, metric.Meaning);

    private void ObserveProcess()
    {
        Gauges(MetricTable.ProcessMemory, () =>
        {
            Measurement<double> managed =
                Labelled(MetricTable.ProcessMemory, (double)GC.GetTotalMemory(forceFullCollection: false), "managed");
            return ProcessMemory.Read() is not ProcessMemory memory
                ? [managed]
                :
                [
                    Labelled(MetricTable.ProcessMemory, (double)memory.Resident, "resident"),
                    Labelled(MetricTable.ProcessMemory, (double)memory.Anonymous, "anonymous"),
                    Labelled(MetricTable.ProcessMemory, (double)memory.Mapped, "mapped"),
                    managed,
                ];
        });
        if (OperatingSystem.IsLinux())
        {
            Counter(MetricTable.ProcessCpu, () => Environment.CpuUsage.TotalTime.TotalSeconds);
        }
    }
}
