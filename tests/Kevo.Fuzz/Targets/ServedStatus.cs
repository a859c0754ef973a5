using Kevo.Core;
using Kevo.Server.Reporting;

namespace Kevo.Fuzz.Targets;

/// <summary>A follower that is well and never changes.</summary>
internal sealed class ServedStatus : IReplicaStatus
{
    public TimeSpan? Staleness => TimeSpan.Zero;

    public ReplicaReport GetReport() => new()
    {
        State = "WAITING_FOR_DATA",
        StateSince = DateTimeOffset.UnixEpoch,
        AllStates = ["WAITING_FOR_DATA"],
        PrimaryAddress = "primary:50052",
        Positions = new PositionReport { Durable = new LogPosition(1, 1) },
        Lag = new LagReport { Entries = 0, Bytes = 0, Time = TimeSpan.Zero },
        PrimaryHeardAt = DateTimeOffset.UnixEpoch,
    };
}
