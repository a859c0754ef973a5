using Grpc.Core;
using Kevo.Server.Forwarding;
using Kevo.Server.Reads;

namespace Kevo.Server.Metrics;

/// <summary>The instruments fed from the read server.</summary>
public sealed partial class ReplicaMetrics
{
    /// <summary>Publishes the read server's figures. Once per instance.</summary>
    internal void ObserveServer(KevoReadService service, RpcStatistics statistics, PrimaryForwarder? forwarder)
    {
        Counters(MetricTable.Calls, () => Kinds()
            .Select(kind => Labelled(MetricTable.Calls, (double)statistics[kind].Count, statistics[kind].Name)));
        Gauges(MetricTable.ActiveCalls, () => Kinds()
            .Select(kind => Labelled(MetricTable.ActiveCalls, (double)statistics[kind].Active, statistics[kind].Name)));
        Counters(MetricTable.FailedCalls, () => Enum.GetValues<StatusCode>()
            .Where(code => statistics.FailuresOf(code) > 0)
            .Select(code => Labelled(MetricTable.FailedCalls, (double)statistics.FailuresOf(code), code.ToString())));
        Counter(MetricTable.BytesSent, () => statistics.BytesSent);
        Counter(MetricTable.RowsSent, () => statistics.RowsSent);
        Counter(MetricTable.RateRefusals, () => statistics.RateRefusals);
        Counter(MetricTable.StalledScans, () => statistics.StalledScans);
        Gauge(MetricTable.Transactions, () => service.Transactions.Count);
        Counter(MetricTable.ExpiredTransactions, () => service.Transactions.Expired);
        Gauge(MetricTable.WaitingReads, () => service.Consistency.Waiting);
        Counter(MetricTable.StaleRefusals, () => service.Consistency.StaleRefusals);
        Counter(MetricTable.Forwarded, () => forwarder?.Forwarded ?? 0);
    }

    private static RpcKind[] Kinds() => Enum.GetValues<RpcKind>();
}
