namespace Kevo.Replica.Configuration;

/// <summary>How a primary is reached and followed.</summary>
internal static class ConnectionSettings
{
    /// <summary>Replication address of the primary or relay.</summary>
    public static readonly TypedSetting<HostPort?> Primary = new(SettingParsers.Endpoint)
    {
        Name = "primary",
        ValueName = "HOST:PORT",
        Default = "localhost:50052",
        Commands = CommandSet.Run,
        Help = "Replication address of the primary or relay to follow",
    };

    /// <summary>How a stock primary is followed; a relay is recognised and followed its own way.</summary>
    public static readonly TypedSetting<string> Follow = new(SettingParsers.Choice("auto", "listen", "tick", "fill"))
    {
        Name = "follow",
        ValueName = "MODE",
        Default = "auto",
        Choices = ["auto", "listen", "tick", "fill"],
        Commands = CommandSet.Run,
        Help = "How to follow a stock primary (a relay is recognised by itself); tick and fill can freeze it for good",
    };

    /// <summary>The primary's read and write service.</summary>
    public static readonly TypedSetting<HostPort?> PrimaryClient = new(SettingParsers.Endpoint)
    {
        Name = "primary-client",
        ValueName = "HOST:PORT",
        DefaultNote = "the host of --primary, port 50051",
        Commands = CommandSet.Run,
        Help = "Client address of the primary, for snapshots and checks; behind a relay, the read service (--listen) "
            + "of a node with its history",
    };

    /// <summary>TLS to the primary.</summary>
    public static readonly TypedSetting<bool> Tls = new(SettingParsers.Switch)
    {
        Name = "tls",
        Default = "false",
        Commands = CommandSet.Run | CommandSet.Clients,
        Help = "Use TLS to the primary, or to the server that a command asks",
    };

    /// <summary>The certificates that may have signed the primary's.</summary>
    public static readonly TypedSetting<string> TlsCa = new(SettingParsers.Text)
    {
        Name = "tls-ca",
        ValueName = "FILE",
        DefaultNote = "the system's certificate authorities",
        Commands = CommandSet.Run | CommandSet.Clients,
        Help = "PEM file with the certificate authorities to trust for the primary; needs --tls",
    };

    /// <summary>Our certificate, shown to the primary.</summary>
    public static readonly TypedSetting<string> TlsCertificate = new(SettingParsers.Text)
    {
        Name = "tls-cert",
        ValueName = "FILE",
        Commands = CommandSet.Run | CommandSet.Clients,
        Help = "PEM file with the client certificate to show to the primary; needs --tls and --tls-key",
    };

    /// <summary>The key of our certificate.</summary>
    public static readonly TypedSetting<string> TlsKey = new(SettingParsers.Text)
    {
        Name = "tls-key",
        ValueName = "FILE",
        Commands = CommandSet.Run | CommandSet.Clients,
        Help = "PEM file with the private key of --tls-cert",
    };

    /// <summary>The name the primary's certificate must carry.</summary>
    public static readonly TypedSetting<string> TlsServerName = new(SettingParsers.Text)
    {
        Name = "tls-server-name",
        ValueName = "NAME",
        DefaultNote = "the host of --primary",
        Commands = CommandSet.Run,
        Help = "Name that the certificate of the primary must carry",
    };

    /// <summary>Bound on one connection attempt.</summary>
    public static readonly TypedSetting<TimeSpan> DialTimeout =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)))
        {
            Name = "dial-timeout",
            ValueName = "DURATION",
            Default = "10s",
            Range = "10ms to 10m",
            Commands = CommandSet.Run | CommandSet.Clients,
            Help = "Longest time one connection attempt may take",
        };

    /// <summary>Failed attempts before the node calls itself unhealthy.</summary>
    public static readonly TypedSetting<long> MaxRetries = new(SettingParsers.Count(1, 1_000_000))
    {
        Name = "max-retries",
        ValueName = "COUNT",
        Default = "5",
        Range = "1 to 1000000",
        Commands = CommandSet.Run,
        Help = "Failed attempts in a row before the node reports itself unhealthy; it keeps trying",
    };

    /// <summary>What the daemon does when the attempts above are used up.</summary>
    public static readonly TypedSetting<bool> ExitWhenUnreachable = new(SettingParsers.Switch)
    {
        Name = "exit-when-unreachable",
        Default = "false",
        Commands = CommandSet.Run,
        Help = "Exit with code 4 after --max-retries failed attempts in a row instead of trying on",
    };

    /// <summary>First wait after a failure.</summary>
    public static readonly TypedSetting<TimeSpan> RetryBaseDelay =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)))
        {
            Name = "retry-base-delay",
            ValueName = "DURATION",
            Default = "1s",
            Range = "1ms to 1h",
            Commands = CommandSet.Run,
            Help = "Wait after the first failed attempt, before jitter",
        };

    /// <summary>Longest wait between attempts.</summary>
    public static readonly TypedSetting<TimeSpan> RetryMaxDelay =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24)))
        {
            Name = "retry-max-delay",
            ValueName = "DURATION",
            Default = "60s",
            Range = "1ms to 1d",
            Commands = CommandSet.Run,
            Help = "Longest wait between attempts",
        };

    /// <summary>Growth of the wait.</summary>
    public static readonly TypedSetting<double> RetryMultiplier = new(SettingParsers.Number(1, 10))
    {
        Name = "retry-multiplier",
        ValueName = "FACTOR",
        Default = "1.5",
        Range = "1 to 10",
        Commands = CommandSet.Run,
        Help = "Factor by which the wait grows with each failed attempt",
    };

    /// <summary>Whether compression is offered.</summary>
    public static readonly TypedSetting<bool> Compression = new(SettingParsers.Switch)
    {
        Name = "compression",
        Default = "true",
        Commands = CommandSet.Run,
        Help = "Offer compression to the primary",
    };

    /// <summary>The codec asked for.</summary>
    public static readonly TypedSetting<string> PreferredCodec = new(SettingParsers.Choice("none", "zstd", "snappy"))
    {
        Name = "preferred-codec",
        ValueName = "CODEC",
        Default = "zstd",
        Choices = ["none", "zstd", "snappy"],
        Commands = CommandSet.Run,
        Help = "Codec to ask the primary for",
    };

    /// <summary>The version of the protocol asked for.</summary>
    public static readonly TypedSetting<long> ProtocolVersion = new(SettingParsers.Count(1, 1))
    {
        Name = "protocol-version",
        ValueName = "VERSION",
        Default = "1",
        Range = "1 is the only one there is",
        Commands = CommandSet.Run,
        Help = "Version of the replication protocol to ask for",
    };

    /// <summary>Bound on the delay of an acknowledgement.</summary>
    public static readonly TypedSetting<TimeSpan> AckInterval =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)))
        {
            Name = "ack-interval",
            ValueName = "DURATION",
            Default = "5s",
            Range = "1ms to 1h",
            Commands = CommandSet.Run,
            Help = "Longest time a durable entry stays unacknowledged",
        };

    /// <summary>Bound on the work of one apply and sync.</summary>
    public static readonly TypedSetting<long> MaxBatchSize = new(SettingParsers.Size(4096, 64L << 20))
    {
        Name = "max-batch-size",
        ValueName = "SIZE",
        Default = "1MiB",
        Range = "4KiB to 64MiB",
        Commands = CommandSet.Run,
        Help = "Most bytes applied and synced as one unit; a larger transaction is a unit of its own",
    };

    /// <summary>Bound on the decompressed bytes of one message.</summary>
    public static readonly TypedSetting<long> MaxDecompressedSize = new(SettingParsers.Size(16L << 20, 1L << 30))
    {
        Name = "max-decompressed-size",
        ValueName = "SIZE",
        Default = "64MiB",
        Range = "16MiB to 1GiB",
        Commands = CommandSet.Run,
        Help = "Most bytes the payloads of one message may decompress to",
    };

    /// <summary>Bound on what waits to be applied.</summary>
    public static readonly TypedSetting<long> ReceiveQueueSize = new(SettingParsers.Size(1L << 20, 1L << 30))
    {
        Name = "receive-queue-size",
        ValueName = "SIZE",
        Default = "32MiB",
        Range = "1MiB to 1GiB",
        Commands = CommandSet.Run,
        Help = "Most bytes of received messages that wait to be applied",
    };

    /// <summary>How long a stream may be silent.</summary>
    public static readonly TypedSetting<TimeSpan> SilenceLimit =
        new(SettingParsers.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)))
        {
            Name = "silence-limit",
            ValueName = "DURATION",
            Default = "45s",
            Range = "1s to 1h",
            Commands = CommandSet.Run,
            Help = "Longest silence of the primary, which says something every 10 s, before the stream is opened anew",
        };

    /// <summary>How long a missing sequence may stay missing.</summary>
    public static readonly TypedSetting<TimeSpan> GapTimeout =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)))
        {
            Name = "gap-timeout",
            ValueName = "DURATION",
            Default = "2s",
            Range = "10ms to 1h",
            Commands = CommandSet.Run,
            Help = "Longest time a missing sequence may stay missing before it is asked for again",
        };

    /// <summary>The client address of the primary: the one set, else the host of --primary at the usual port.</summary>
    public static HostPort PrimaryClientOf(EffectiveSettings settings) =>
        settings.Get(PrimaryClient) ?? settings.Get(Primary)! with { Port = 50051 };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Primary, Follow, PrimaryClient, Tls, TlsCa, TlsCertificate, TlsKey, TlsServerName, DialTimeout, MaxRetries,
        ExitWhenUnreachable, RetryBaseDelay, RetryMaxDelay, RetryMultiplier, Compression, PreferredCodec,
        ProtocolVersion, AckInterval, MaxBatchSize, MaxDecompressedSize, ReceiveQueueSize, SilenceLimit, GapTimeout,
    ];
}
