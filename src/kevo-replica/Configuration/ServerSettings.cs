namespace Kevo.Replica.Configuration;

/// <summary>How reads and the admin endpoint are served.</summary>
internal static class ServerSettings
{
    /// <summary>Certificate at --listen.</summary>
    public static readonly TypedSetting<string> ListenCertificate = File(
        "listen-cert", "the reads are served in the clear",
        "PEM file with the server certificate for --listen; needs --listen-key");

    /// <summary>Key at --listen.</summary>
    public static readonly TypedSetting<string> ListenKey = File(
        "listen-key", null, "PEM file with the private key of --listen-cert");

    /// <summary>Who may call at --listen.</summary>
    public static readonly TypedSetting<string> ListenClientCa = File(
        "listen-client-ca", "clients need no certificate",
        "PEM file with the authorities that must have signed a client's certificate at --listen (mTLS)");

    /// <summary>Which subjects may call at --listen.</summary>
    public static readonly TypedSetting<string> ListenClientSubjects = Subjects(
        "listen-client-subjects",
        "Names, separated by commas, one of which a client's certificate must carry; needs --listen-client-ca");

    /// <summary>Certificate at --relay-listen.</summary>
    public static readonly TypedSetting<string> RelayCertificate = File(
        "relay-cert", "the log is served in the clear",
        "PEM file with the server certificate for --relay-listen; needs --relay-key", CommandSet.Daemons);

    /// <summary>Key at --relay-listen.</summary>
    public static readonly TypedSetting<string> RelayKey = File(
        "relay-key", null, "PEM file with the private key of --relay-cert", CommandSet.Daemons);

    /// <summary>Who may call at --relay-listen.</summary>
    public static readonly TypedSetting<string> RelayClientCa = File(
        "relay-client-ca", "replicas need no certificate",
        "PEM file with the authorities that must have signed a replica's certificate at --relay-listen (mTLS)",
        CommandSet.Daemons);

    /// <summary>Which subjects may call at --relay-listen.</summary>
    public static readonly TypedSetting<string> RelayClientSubjects = Subjects(
        "relay-client-subjects",
        "Names, separated by commas, one of which a replica's certificate must carry; needs --relay-client-ca",
        CommandSet.Daemons);

    /// <summary>Certificate at --admin.</summary>
    public static readonly TypedSetting<string> AdminCertificate = File(
        "admin-cert", "the endpoint is served in the clear",
        "PEM file with the server certificate for --admin; needs --admin-key", CommandSet.Daemons);

    /// <summary>Key at --admin.</summary>
    public static readonly TypedSetting<string> AdminKey = File(
        "admin-key", null, "PEM file with the private key of --admin-cert", CommandSet.Daemons);

    /// <summary>Who may call at --admin.</summary>
    public static readonly TypedSetting<string> AdminClientCa = File(
        "admin-client-ca", "callers need no certificate",
        "PEM file with the authorities that must have signed a caller's certificate at --admin (mTLS)",
        CommandSet.Daemons);

    /// <summary>Which subjects may call at --admin.</summary>
    public static readonly TypedSetting<string> AdminClientSubjects = Subjects(
        "admin-client-subjects",
        "Names, separated by commas, one of which a caller's certificate must carry; needs --admin-client-ca",
        CommandSet.Daemons);

    /// <summary>The primary that clients are told of.</summary>
    public static readonly TypedSetting<HostPort?> AnnouncePrimary = new(SettingParsers.Endpoint)
    {
        Name = "announce-primary",
        ValueName = "HOST:PORT",
        DefaultNote = "none: the Python client that dials this node then reads here",
        Commands = CommandSet.Run,
        Help = "Client address of the primary that node information announces",
    };

    /// <summary>Whether writes are passed on.</summary>
    public static readonly TypedSetting<bool> ForwardWrites = new(SettingParsers.Switch)
    {
        Name = "forward-writes",
        Default = "false",
        Commands = CommandSet.Run,
        Help = "Pass writes on to --primary-client instead of refusing them",
    };

    /// <summary>When reads are refused as too old.</summary>
    public static readonly TypedSetting<TimeSpan?> MaxStaleness =
        new(SettingParsers.OptionalDuration(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(365)))
        {
            Name = "max-staleness",
            ValueName = "DURATION",
            Reloadable = true,
            DefaultNote = "reads are never refused for their age",
            Range = "1ms to 365d",
            Commands = CommandSet.Run,
            Help = "Refuse reads with UNAVAILABLE while this node may be further behind",
        };

    /// <summary>When the node calls itself ready.</summary>
    public static readonly TypedSetting<TimeSpan> ReadyLag =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(365)))
        {
            Name = "ready-lag",
            ValueName = "DURATION",
            Reloadable = true,
            Default = "10s",
            Range = "1ms to 365d",
            Commands = CommandSet.Daemons,
            Help = "Largest lag at which the node reports itself ready",
        };

    /// <summary>How long a node that has failed for good still answers.</summary>
    public static readonly TypedSetting<TimeSpan> FailureLinger =
        new(SettingParsers.Duration(TimeSpan.Zero, TimeSpan.FromDays(365)))
        {
            Name = "failure-linger",
            ValueName = "DURATION",
            Default = "1m",
            Range = "0 to 365d",
            Commands = CommandSet.Daemons,
            Help = "How long reads, probes and metrics are still answered after an error that ends replication for "
                + "good, and probes and metrics when the data directory cannot be used; then the process exits",
        };

    /// <summary>Bound on connections of clients.</summary>
    public static readonly TypedSetting<long> MaxConnections = new(SettingParsers.Count(1, 1_000_000))
    {
        Name = "max-connections",
        ValueName = "COUNT",
        Default = "1024",
        Range = "1 to 1000000",
        Commands = CommandSet.Daemons,
        Help = "Most connections at --listen, and at --relay-listen; one more is closed",
    };

    /// <summary>Bound on calls at a time on one connection.</summary>
    public static readonly TypedSetting<long> MaxStreams = new(SettingParsers.Count(1, 1_000_000))
    {
        Name = "max-streams",
        ValueName = "COUNT",
        Default = "1000",
        Range = "1 to 1000000",
        Commands = CommandSet.Run,
        Help = "Most calls at a time on one connection at --listen",
    };

    /// <summary>Bound on a request.</summary>
    public static readonly TypedSetting<long> MaxMessageSize = new(SettingParsers.Size(64L << 10, 1L << 30))
    {
        Name = "max-message-size",
        ValueName = "SIZE",
        Default = "16MiB",
        Range = "64KiB to 1GiB",
        Commands = CommandSet.Run,
        Help = "Largest request accepted at --listen",
    };

    /// <summary>Bound on requests per second.</summary>
    public static readonly TypedSetting<long> MaxRequestRate = new(SettingParsers.Count(0, 100_000_000))
    {
        Name = "max-request-rate",
        ValueName = "COUNT",
        Reloadable = true,
        Default = "0",
        Range = "0 means no limit",
        Commands = CommandSet.Run,
        Help = "Most requests per second at --listen; more are refused with RESOURCE_EXHAUSTED",
    };

    /// <summary>Bound on streams of replicas.</summary>
    public static readonly TypedSetting<long> RelayMaxStreams = new(SettingParsers.Count(1, 1_000_000))
    {
        Name = "relay-max-streams",
        ValueName = "COUNT",
        Default = "256",
        Range = "1 to 1000000",
        Commands = CommandSet.Daemons,
        Help = "Most replicas that are served at a time at --relay-listen; one more is refused with RESOURCE_EXHAUSTED",
    };

    /// <summary>Bound on requests of replicas per second.</summary>
    public static readonly TypedSetting<long> RelayMaxRequestRate = new(SettingParsers.Count(0, 100_000_000))
    {
        Name = "relay-max-request-rate",
        ValueName = "COUNT",
        Reloadable = true,
        Default = "0",
        Range = "0 means no limit",
        Commands = CommandSet.Daemons,
        Help = "Most requests per second at --relay-listen (streams opened, acknowledgements); more are refused with "
            + "RESOURCE_EXHAUSTED",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        ListenCertificate, ListenKey, ListenClientCa, ListenClientSubjects, RelayCertificate, RelayKey, RelayClientCa,
        RelayClientSubjects, AdminCertificate, AdminKey, AdminClientCa, AdminClientSubjects,
        AnnouncePrimary, ForwardWrites, MaxStaleness, ReadyLag, FailureLinger, MaxConnections, MaxStreams,
        MaxMessageSize, MaxRequestRate, RelayMaxStreams, RelayMaxRequestRate,
    ];

    private static TypedSetting<string> File(
        string name, string? unset, string help, CommandSet commands = CommandSet.Run) => new(SettingParsers.Text)
        {
            Name = name,
            ValueName = "FILE",
            DefaultNote = unset,
            Commands = commands,
            Help = help,
        };

    private static TypedSetting<string> Subjects(
        string name, string help, CommandSet commands = CommandSet.Run) => new(SettingParsers.Text)
        {
            Name = name,
            ValueName = "NAMES",
            DefaultNote = "every name the authorities vouch for",
            Commands = commands,
            Help = help,
        };
}
