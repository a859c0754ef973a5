using System.Diagnostics.Metrics;
using Kevo.Core;
using Kevo.Server.Reporting;
using Kevo.Storage;

namespace Kevo.Server.Metrics;

/// <summary>The instruments fed from the follower's report and the store's statistics.</summary>
public sealed partial class ReplicaMetrics
{
    private void ObservePositions(Cached<ReplicaReport> report)
    {
        Gauges(MetricTable.Sequence, () =>
        {
            PositionReport positions = report.Value.Positions;
            Measurement<double>[] visible = _store is { } store
                ? [Labelled(MetricTable.Sequence, (double)store.Visible.Sequence, "visible")] : [];
            return
            [
                Labelled(MetricTable.Sequence, (double)positions.Received.Sequence, "received"),
                Labelled(MetricTable.Sequence, (double)positions.Appended.Sequence, "appended"),
                Labelled(MetricTable.Sequence, (double)positions.Durable.Sequence, "durable"),
                Labelled(MetricTable.Sequence, (double)positions.Acknowledged.Sequence, "acknowledged"),
                .. visible,
            ];
        });
        Gauge(MetricTable.Epoch, () => report.Value.Positions.Durable.Epoch);
        Gauges(MetricTable.PrimarySequence, () => Optional(report.Value.Positions.PrimaryLast));
        Gauges(MetricTable.LagEntries, () => Optional(report.Value.Lag.Entries));
        Gauges(MetricTable.LagBytes, () => Optional(report.Value.Lag.Bytes));
        Gauges(MetricTable.LagTime, () => Optional(report.Value.Lag.Time?.TotalSeconds));
        Gauges(MetricTable.ProgressTime, () => Optional(Moment(report.Value.ProgressAt)));
        Gauges(MetricTable.HeardTime, () => Optional(Moment(report.Value.PrimaryHeardAt)));
    }

    private void ObserveFollower(Cached<ReplicaReport> report)
    {
        Gauges(MetricTable.State, () =>
        {
            ReplicaReport now = report.Value;
            return now.AllStates.Select(
                state => Labelled(MetricTable.State, state == now.State ? 1.0 : 0.0, state));
        });
        Gauges(MetricTable.Trouble, () => report.Value.Trouble is ErrorReport trouble
            ? [Labelled(MetricTable.Trouble, 1.0, trouble.Reason)]
            : []);
        Gauge(MetricTable.Failed, () => report.Value.Fatal is null ? 0 : 1);
        Counter(MetricTable.Entries, () => report.Value.Counters.Entries);
        Counter(MetricTable.Payload, () => report.Value.Counters.Bytes);
        Counter(MetricTable.Batches, () => report.Value.Counters.Batches);
        Counter(MetricTable.Reconnects, () => report.Value.Counters.Reconnects);
        Counter(MetricTable.Gaps, () => report.Value.Counters.Gaps);
        Counter(MetricTable.Duplicates, () => report.Value.Counters.Duplicates);
        Counter(MetricTable.Divergences, () => report.Value.Counters.Divergences);
        Counter(MetricTable.ChecksumErrors, () => report.Value.Counters.ChecksumErrors);
        Counter(MetricTable.Heartbeats, () => report.Value.Counters.Heartbeats);
        Counter(MetricTable.Acknowledgements, () => report.Value.Counters.Acknowledgements);
        Counters(MetricTable.Errors, () =>
        {
            IReadOnlyDictionary<string, long> counts = report.Value.Counters.ErrorsByKind;
            // Every kind is always there, so that a rate over a first error is not lost.
            return Enum.GetNames<ErrorKind>().Select(kind => Labelled(
                MetricTable.Errors,
                (double)counts.GetValueOrDefault(kind.ToLowerInvariant()),
                kind.ToLowerInvariant()));
        });
        Gauges(MetricTable.RecoveryProgress, () => Optional(report.Value.Recovery?.Fraction));
        Gauges(MetricTable.BootstrapKeys, () => Optional(report.Value.Bootstrap?.Keys));
        Gauges(MetricTable.BootstrapProgress, () => Optional(report.Value.Bootstrap?.Fraction));
    }

    private void ObserveStore(Cached<StoreStatistics> store)
    {
        Gauge(MetricTable.StoreKeys, () => store.Value.EstimatedKeyCount);
        Gauges(MetricTable.StoreBytes, () =>
        [
            Labelled(MetricTable.StoreBytes, (double)store.Value.EstimatedDataBytes, "data"),
            Labelled(MetricTable.StoreBytes, (double)store.Value.LogBytes, "log"),
            Labelled(MetricTable.StoreBytes, (double)store.Value.TableBytes, "tables"),
        ]);
        Gauge(MetricTable.StoreTables, () => store.Value.TableCount);
        Gauge(MetricTable.StoreMemtables, () => store.Value.MemtableCount);
        Counter(MetricTable.StoreFlushes, () => store.Value.FlushCount);
        Counter(MetricTable.StoreCompactions, () => store.Value.CompactionCount);
        Gauge(MetricTable.WriteAmplification, () => store.Value.WriteAmplification);
        Gauge(MetricTable.SpaceAmplification, () => store.Value.SpaceAmplification);
        Gauge(MetricTable.Snapshots, () => store.Value.OpenSnapshots);
    }

    private static double? Moment(DateTimeOffset? moment) => moment is DateTimeOffset known ? Seconds(known) : null;
}
