using Kevo.Server.Reporting;

namespace Kevo.Server.Metrics;

/// <summary>The instruments fed from whoever serves this node's log, and from a sidecar.</summary>
public sealed partial class ReplicaMetrics
{
    private void ObserveRelay(Cached<RelayActivity> relay)
    {
        Gauge(MetricTable.RelayStreams, () => relay.Value.Streams.Count);
        Gauge(MetricTable.RelayReplicas, () => relay.Value.KnownReplicas);
        Counter(MetricTable.RelayOpened, () => relay.Value.Opened);
        Counter(MetricTable.RelayRefused, () => relay.Value.Refused);
        Counter(MetricTable.RelayRateRefusals, () => relay.Value.RateRefusals);
        Gauges(MetricTable.RelayLag, () => Optional(relay.Value.SlowestLag));
    }

    private void ObserveSidecar(Cached<SidecarActivity> sidecar)
    {
        Gauge(MetricTable.SidecarBehind, () => sidecar.Value.BytesBehind);
        Counters(MetricTable.SidecarFindings, () =>
        {
            SidecarActivity now = sidecar.Value;
            return
            [
                Labelled(MetricTable.SidecarFindings, (double)now.DamagedRanges, "damaged"),
                Labelled(MetricTable.SidecarFindings, (double)now.TornTransactions, "torn"),
                Labelled(MetricTable.SidecarFindings, (double)now.SkippedEntries, "skipped"),
                Labelled(MetricTable.SidecarFindings, (double)now.SetAside, "set-aside"),
                Labelled(MetricTable.SidecarFindings, (double)now.LateParts, "late"),
            ];
        });
    }
}
