using static Kevo.Server.Metrics.MetricKind;

namespace Kevo.Server.Metrics;

/// <summary>
/// Every metric of this product. Instruments, documentation, alert rules and dashboard all follow this table.
/// </summary>
public static class MetricTable
{
    /// <summary>The name of the meter that carries them.</summary>
    public const string MeterName = "Kevo.Replica";

    private static readonly double[] ShortTimes =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

    /// <summary>Always 1; version and node are labels of the family.</summary>
    public static readonly MetricDefinition BuildInfo =
        new("kevo.replica.build.info", Gauge, "1", "Always 1; the label carries the version of the program.",
            "version");

    /// <summary>Sequence by position.</summary>
    public static readonly MetricDefinition Sequence =
        new("kevo.replica.sequence", Gauge, "{transaction}",
            "The sequence number at each position of the pipeline: received, appended, durable, acknowledged, visible.",
            "position");

    /// <summary>The epoch of the durable position.</summary>
    public static readonly MetricDefinition Epoch =
        new("kevo.replica.epoch", Gauge, "{epoch}",
            "The epoch of the durable position; it grows with every resynchronisation.");

    /// <summary>The primary's last sequence.</summary>
    public static readonly MetricDefinition PrimarySequence =
        new("kevo.replica.primary.sequence", Gauge, "{transaction}",
            "The last sequence number the primary is known to have; absent while it is not known.");

    /// <summary>Lag in entries.</summary>
    public static readonly MetricDefinition LagEntries =
        new("kevo.replica.lag.entries", Gauge, "{transaction}",
            "Transactions the primary has that are not durable here; absent while it is not known.");

    /// <summary>Lag in bytes.</summary>
    public static readonly MetricDefinition LagBytes =
        new("kevo.replica.lag", Gauge, "By",
            "Payload bytes received but not durable here; absent while it is not known.");

    /// <summary>Lag in seconds.</summary>
    public static readonly MetricDefinition LagTime =
        new("kevo.replica.lag.time", Gauge, "s",
            "Time since this node last held everything it knew the primary to have; absent while it is not known.");

    /// <summary>When the durable position last moved.</summary>
    public static readonly MetricDefinition ProgressTime =
        new("kevo.replica.progress.timestamp", Gauge, "s",
            "When the durable position last moved, in seconds since 1970; absent before the first time.");

    /// <summary>When the primary was last heard.</summary>
    public static readonly MetricDefinition HeardTime =
        new("kevo.replica.primary.heard.timestamp", Gauge, "s",
            "When the last message of the primary arrived, in seconds since 1970; absent before the first.");

    /// <summary>The state.</summary>
    public static readonly MetricDefinition State =
        new("kevo.replica.state", Gauge, "1", "1 for the state the follower is in, 0 for every other.", "state");

    /// <summary>Readiness.</summary>
    public static readonly MetricDefinition Ready =
        new("kevo.replica.ready", Gauge, "1",
            "1 when the node is ready, 0 when it is not (see /readyz?verbose for why).");

    /// <summary>Reasons against readiness.</summary>
    public static readonly MetricDefinition NotReadyReason =
        new("kevo.replica.not.ready.reason", Gauge, "1", "1 for each reason for which the node is not ready.",
            "reason");

    /// <summary>The error that stands.</summary>
    public static readonly MetricDefinition Trouble =
        new("kevo.replica.trouble", Gauge, "1",
            "1 for the reason of the error that stands, as log and status name it; absent when there is none.",
            "reason");

    /// <summary>Entries made durable.</summary>
    public static readonly MetricDefinition Entries =
        new("kevo.replica.entries", Counter, "{entry}", "Entries made durable.");

    /// <summary>Bytes made durable.</summary>
    public static readonly MetricDefinition Payload =
        new("kevo.replica.payload", Counter, "By", "Payload bytes made durable.");

    /// <summary>Batches.</summary>
    public static readonly MetricDefinition Batches =
        new("kevo.replica.batches", Counter, "{batch}", "Batches made durable, each with one sync.");

    /// <summary>Sync time.</summary>
    public static readonly MetricDefinition SyncDuration =
        new("kevo.replica.sync.duration", Histogram, "s", "Time one sync of the log took.") { Bounds = ShortTimes };

    /// <summary>Apply time.</summary>
    public static readonly MetricDefinition ApplyDuration =
        new("kevo.replica.apply.duration", Histogram, "s", "Time one batch took to apply, without its sync.")
        {
            Bounds = ShortTimes,
        };

    /// <summary>Streams reopened.</summary>
    public static readonly MetricDefinition Reconnects =
        new("kevo.replica.reconnects", Counter, "{stream}", "Streams to the primary opened after the first one.");

    /// <summary>Gaps.</summary>
    public static readonly MetricDefinition Gaps =
        new("kevo.replica.gaps", Counter, "{gap}", "Missing sequence numbers met.");

    /// <summary>Duplicates.</summary>
    public static readonly MetricDefinition Duplicates =
        new("kevo.replica.duplicates", Counter, "{entry}", "Entries dropped because this node held them already.");

    /// <summary>Divergences.</summary>
    public static readonly MetricDefinition Divergences =
        new("kevo.replica.divergences", Counter, "{divergence}", "Times the primary's history was found to differ.");

    /// <summary>Checksum errors.</summary>
    public static readonly MetricDefinition ChecksumErrors =
        new("kevo.replica.checksum.errors", Counter, "{error}",
            "Times bytes on disk failed their checksum; on the wire that is an error of kind protocol.");

    /// <summary>Heartbeats.</summary>
    public static readonly MetricDefinition Heartbeats =
        new("kevo.replica.heartbeats", Counter, "{message}", "Empty messages of the primary.");

    /// <summary>Acknowledgements.</summary>
    public static readonly MetricDefinition Acknowledgements =
        new("kevo.replica.acknowledgements", Counter, "{message}", "Acknowledgements the primary accepted.");

    /// <summary>Errors by kind.</summary>
    public static readonly MetricDefinition Errors =
        new("kevo.replica.errors", Counter, "{error}",
            "Errors of the follower by kind: connection, protocol, retention, divergence, compression, gap, storage, "
            + "configuration.",
            "kind");

    /// <summary>The data path has ended.</summary>
    public static readonly MetricDefinition Failed =
        new("kevo.replica.failed", Gauge, "1", "1 when an error has ended the data path for good, else 0.");

    /// <summary>Recovery progress.</summary>
    public static readonly MetricDefinition RecoveryProgress =
        new("kevo.replica.recovery.progress", Gauge, "1",
            "Part of the recovery's present stage done, from 0 to 1; absent when the data directory is open.");

    /// <summary>Bootstrap keys.</summary>
    public static readonly MetricDefinition BootstrapKeys =
        new("kevo.replica.bootstrap.keys", Gauge, "{key}",
            "Keys fetched by the bootstrap under way; absent when none is.");

    /// <summary>Bootstrap progress.</summary>
    public static readonly MetricDefinition BootstrapProgress =
        new("kevo.replica.bootstrap.progress", Gauge, "1",
            "Part of the bootstrap done, from 0 to 1; absent when none is under way or its size is not known.");

    /// <summary>Keys.</summary>
    public static readonly MetricDefinition StoreKeys =
        new("kevo.replica.store.keys", Gauge, "{key}", "Live keys in the store, an estimate.");

    /// <summary>Bytes on disk and in memory.</summary>
    public static readonly MetricDefinition StoreBytes =
        new("kevo.replica.store.size", Gauge, "By",
            "Bytes held, by part: data (keys and values, an estimate), log (segments), tables (with filters).", "part");

    /// <summary>Tables.</summary>
    public static readonly MetricDefinition StoreTables =
        new("kevo.replica.store.tables", Gauge, "{table}", "Tables of the store.");

    /// <summary>Memtables.</summary>
    public static readonly MetricDefinition StoreMemtables =
        new("kevo.replica.store.memtables", Gauge, "{memtable}", "Memtables in memory, those being flushed included.");

    /// <summary>Flushes.</summary>
    public static readonly MetricDefinition StoreFlushes =
        new("kevo.replica.store.flushes", Counter, "{flush}", "Memtables flushed to a table.");

    /// <summary>Compactions.</summary>
    public static readonly MetricDefinition StoreCompactions =
        new("kevo.replica.store.compactions", Counter, "{compaction}", "Compactions finished.");

    /// <summary>Write amplification.</summary>
    public static readonly MetricDefinition WriteAmplification =
        new("kevo.replica.store.write.amplification", Gauge, "1",
            "Bytes written to tables per byte flushed, since start.");

    /// <summary>Space amplification.</summary>
    public static readonly MetricDefinition SpaceAmplification =
        new("kevo.replica.store.space.amplification", Gauge, "1",
            "Bytes of tables per byte of live data, an estimate.");

    /// <summary>Snapshots.</summary>
    public static readonly MetricDefinition Snapshots =
        new("kevo.replica.store.snapshots", Gauge, "{snapshot}", "Snapshots open now.");

    /// <summary>Calls.</summary>
    public static readonly MetricDefinition Calls =
        new("kevo.replica.rpc.calls", Counter, "{call}", "Client calls ended, by method.", "rpc");

    /// <summary>Calls under way.</summary>
    public static readonly MetricDefinition ActiveCalls =
        new("kevo.replica.rpc.active", Gauge, "{call}", "Client calls under way, by method.", "rpc");

    /// <summary>Failed calls.</summary>
    public static readonly MetricDefinition FailedCalls =
        new("kevo.replica.rpc.failures", Counter, "{call}", "Client calls ended with an error, by gRPC status.",
            "code");

    /// <summary>Call time.</summary>
    public static readonly MetricDefinition CallDuration =
        new("kevo.replica.rpc.duration", Histogram, "s", "Time client calls took, by method.", "rpc")
        {
            Bounds = ShortTimes,
        };

    /// <summary>Bytes sent.</summary>
    public static readonly MetricDefinition BytesSent =
        new("kevo.replica.rpc.sent", Counter, "By", "Bytes of keys and values sent to clients.");

    /// <summary>Rows sent.</summary>
    public static readonly MetricDefinition RowsSent =
        new("kevo.replica.rpc.rows", Counter, "{row}", "Rows sent by scans.");

    /// <summary>Transactions.</summary>
    public static readonly MetricDefinition Transactions =
        new("kevo.replica.transactions.open", Gauge, "{transaction}", "Client transactions open now.");

    /// <summary>Expired transactions.</summary>
    public static readonly MetricDefinition ExpiredTransactions =
        new("kevo.replica.transactions.expired", Counter, "{transaction}",
            "Client transactions ended by idle or life limit.");

    /// <summary>Waiting reads.</summary>
    public static readonly MetricDefinition WaitingReads =
        new("kevo.replica.reads.waiting", Gauge, "{call}", "Reads waiting for the position their client asked for.");

    /// <summary>Refused reads.</summary>
    public static readonly MetricDefinition StaleRefusals =
        new("kevo.replica.reads.stale", Counter, "{call}", "Reads refused because the replica was too far behind.");

    /// <summary>Rate refusals.</summary>
    public static readonly MetricDefinition RateRefusals =
        new("kevo.replica.rpc.rate.refusals", Counter, "{call}", "Client calls refused by the request rate limit.");

    /// <summary>Stalled scans.</summary>
    public static readonly MetricDefinition StalledScans =
        new("kevo.replica.scans.stalled", Counter, "{scan}",
            "Scans ended because their client took nothing for too long.");

    /// <summary>Forwarded calls.</summary>
    public static readonly MetricDefinition Forwarded =
        new("kevo.replica.forwarded", Counter, "{call}", "Calls passed on to the primary.");

    /// <summary>Streams to replicas.</summary>
    public static readonly MetricDefinition RelayStreams =
        new("kevo.replica.relay.streams", Gauge, "{stream}", "Streams to replicas of this node open now.");

    /// <summary>Known replicas.</summary>
    public static readonly MetricDefinition RelayReplicas =
        new("kevo.replica.relay.replicas", Gauge, "{replica}",
            "Replicas of this node heard of within known-replica-age, connected or not.");

    /// <summary>Streams opened.</summary>
    public static readonly MetricDefinition RelayOpened =
        new("kevo.replica.relay.opened", Counter, "{stream}", "Streams that replicas of this node opened.");

    /// <summary>Streams refused.</summary>
    public static readonly MetricDefinition RelayRefused =
        new("kevo.replica.relay.refused", Counter, "{stream}",
            "Streams that replicas of this node were refused, most often because the history they need is gone.");

    /// <summary>Rate refusals at the relay port.</summary>
    public static readonly MetricDefinition RelayRateRefusals =
        new("kevo.replica.relay.rate.refusals", Counter, "{call}",
            "Calls of replicas of this node refused by the request rate limit.");

    /// <summary>The slowest replica.</summary>
    public static readonly MetricDefinition RelayLag =
        new("kevo.replica.relay.lag.entries", Gauge, "{transaction}",
            "Transactions that the slowest replica with an open stream has not acknowledged; absent without one.");

    /// <summary>What a sidecar has not copied yet.</summary>
    public static readonly MetricDefinition SidecarBehind =
        new("kevo.replica.sidecar.behind", Gauge, "By",
            "Bytes of the stock log file that the sidecar has seen and not copied yet.");

    /// <summary>What a sidecar left out.</summary>
    public static readonly MetricDefinition SidecarFindings =
        new("kevo.replica.sidecar.findings", Counter, "{finding}",
            "What the sidecar met in stock's files: damaged ranges, torn transactions, skipped entries, logs set-aside "
            + "by stock, and late parts of transactions, which are a fault.",
            "finding");

    /// <summary>Certificate expiry.</summary>
    public static readonly MetricDefinition CertificateExpiry =
        new("kevo.replica.certificate.expiry.timestamp", Gauge, "s",
            "When the certificate in use runs out, in seconds since 1970, by endpoint: listen, relay, admin, primary.",
            "endpoint");

    /// <summary>Process memory.</summary>
    public static readonly MetricDefinition ProcessMemory =
        new("kevo.replica.process.memory", Gauge, "By",
            "Memory of the process, by part: resident, anonymous (what only this process has), mapped (pages of files; "
            + "the system takes them back when it needs to), managed.",
            "part");

    /// <summary>Process CPU time.</summary>
    public static readonly MetricDefinition ProcessCpu =
        new("kevo.replica.process.cpu", Counter, "s", "Processor time the process has used.");

    /// <summary>All of them, in the order of documentation and exposition.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        BuildInfo, Ready, NotReadyReason, Trouble, Failed, State, Sequence, Epoch, PrimarySequence, LagEntries,
        LagBytes, LagTime, ProgressTime, HeardTime, Entries, Payload, Batches, SyncDuration, ApplyDuration, Reconnects,
        Gaps, Duplicates, Divergences, ChecksumErrors, Heartbeats, Acknowledgements, Errors, RecoveryProgress,
        BootstrapKeys, BootstrapProgress, StoreKeys, StoreBytes, StoreTables, StoreMemtables, StoreFlushes,
        StoreCompactions, WriteAmplification, SpaceAmplification, Snapshots, Calls, ActiveCalls, FailedCalls,
        CallDuration, BytesSent, RowsSent, Transactions, ExpiredTransactions, WaitingReads, StaleRefusals, RateRefusals,
        StalledScans, Forwarded, RelayStreams, RelayReplicas, RelayOpened, RelayRefused, RelayRateRefusals, RelayLag,
        SidecarBehind, SidecarFindings, CertificateExpiry, ProcessMemory, ProcessCpu,
    ];
}
