using Kevo.Server.Reporting;

namespace Kevo.Server.Tests;

/// <summary>A follower whose report a test sets.</summary>
internal sealed class TestStatus : IReplicaStatus
{
    public static readonly string[] States =
    [
        "CONNECTING", "STREAMING_ENTRIES", "APPLYING_ENTRIES", "FSYNC_PENDING", "ACKNOWLEDGING", "WAITING_FOR_DATA",
        "ERROR",
    ];

    public TimeSpan? Staleness => Report.Lag.Time;

    public ReplicaReport Report { get; set; } = new()
    {
        State = "WAITING_FOR_DATA",
        StateSince = DateTimeOffset.UnixEpoch,
        AllStates = States,
        PrimaryAddress = "primary:50052",
        Positions = new PositionReport { Durable = new(1, 1) },
        Lag = new LagReport { Entries = 0, Bytes = 0, Time = TimeSpan.Zero },
        PrimaryHeardAt = DateTimeOffset.UtcNow,
    };

    /// <summary>What changes the report each time it is asked for.</summary>
    public Func<ReplicaReport, ReplicaReport> Live { get; set; } = static report => report;

    public ReplicaReport GetReport() => Live(Report);
}
