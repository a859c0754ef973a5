namespace Kevo.Replica.Configuration;

/// <summary>Where this node keeps its data, and where it listens.</summary>
internal static class NodeSettings
{
    /// <summary>The data directory.</summary>
    public static readonly TypedSetting<string> Data = new(SettingParsers.Text)
    {
        Name = "data",
        ValueName = "DIR",
        Default = "kevo-replica-data",
        Commands = CommandSet.Daemons | CommandSet.Reads | CommandSet.Promote | CommandSet.Import,
        Help = "Data directory; made when it does not exist",
    };

    /// <summary>Size of a log segment.</summary>
    public static readonly TypedSetting<long> SegmentSize = new(SettingParsers.Size(64L << 10, 1L << 30))
    {
        Name = "segment-size",
        ValueName = "SIZE",
        Default = "64MiB",
        Range = "64KiB to 1GiB",
        Commands = CommandSet.Daemons,
        Help = "Size of one log segment; it is allocated whole",
    };

    /// <summary>Bound on the memory of the store.</summary>
    public static readonly TypedSetting<long> MemoryLimit = new(SettingParsers.Size(16L << 20, 64L << 30))
    {
        Name = "memory-limit",
        ValueName = "SIZE",
        Default = "256MiB",
        Range = "16MiB to 64GiB",
        Commands = CommandSet.Daemons,
        Help = "Most memory the store uses for what is not in tables yet and for cached blocks",
    };

    /// <summary>How much log is kept for replicas of this node.</summary>
    public static readonly TypedSetting<long> LogRetention = new(SettingParsers.Size(0, 1L << 50))
    {
        Name = "log-retention",
        ValueName = "SIZE",
        Default = "256MiB",
        Range = "0 to 1024TiB",
        Commands = CommandSet.Daemons,
        Help = "Bytes of log kept beyond what the store itself needs, for replicas of this node",
    };

    /// <summary>How much log is kept at most, whoever needs it.</summary>
    public static readonly TypedSetting<long> LogRetentionMax = new(SettingParsers.Size(0, 1L << 50))
    {
        Name = "log-retention-max",
        ValueName = "SIZE",
        Default = "0",
        Range = "0 means no limit",
        Commands = CommandSet.Daemons,
        Help = "Bytes of log beyond which history goes although a known replica still needs it",
    };

    /// <summary>How long a replica that is away still counts.</summary>
    public static readonly TypedSetting<TimeSpan> KnownReplicaAge =
        new(SettingParsers.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)))
        {
            Name = "known-replica-age",
            ValueName = "DURATION",
            Default = "24h",
            Range = "1s to 365d",
            Commands = CommandSet.Daemons,
            Help = "How long history is kept for a replica of this node that is away",
        };

    /// <summary>The address for reads.</summary>
    public static readonly TypedSetting<HostPort?> Listen = new(SettingParsers.EndpointOrOff)
    {
        Name = "listen",
        ValueName = "HOST:PORT",
        Default = "127.0.0.1:50053",
        Range = "or off",
        Commands = CommandSet.Run,
        Help = "Address that serves reads to clients",
    };

    /// <summary>The address others are told.</summary>
    public static readonly TypedSetting<HostPort?> Advertise = new(SettingParsers.Endpoint)
    {
        Name = "advertise",
        ValueName = "HOST:PORT",
        DefaultNote = "the value of --listen",
        Commands = CommandSet.Run,
        Help = "Address that the primary and clients are told to reach this node at",
    };

    /// <summary>The operator's address.</summary>
    public static readonly TypedSetting<HostPort?> Admin = new(SettingParsers.EndpointOrOff)
    {
        Name = "admin",
        ValueName = "HOST:PORT",
        Default = "127.0.0.1:9464",
        Range = "or off",
        Commands = CommandSet.Daemons | CommandSet.Probes,
        Help = "Address of the HTTP endpoint for probes, metrics and the status page; the relay command uses "
            + "127.0.0.1:9465 when it is not set",
    };

    /// <summary>The address at which the log is served on.</summary>
    public static readonly TypedSetting<HostPort?> RelayListen = new(SettingParsers.EndpointOrOff)
    {
        Name = "relay-listen",
        ValueName = "HOST:PORT",
        Default = "off",
        Range = "or off",
        Commands = CommandSet.Daemons,
        Help = "Address that serves the log to replicas; the relay command uses 127.0.0.1:50052 when it is off",
    };

    /// <summary>Whether detailed metrics are collected.</summary>
    public static readonly TypedSetting<bool> ReportMetrics = new(SettingParsers.Switch)
    {
        Name = "report-metrics",
        Default = "true",
        Commands = CommandSet.Run,
        Help = "Collect detailed metrics",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Data, SegmentSize, MemoryLimit, LogRetention, LogRetentionMax, KnownReplicaAge, Listen, Advertise, Admin,
        RelayListen, ReportMetrics,
    ];
}
