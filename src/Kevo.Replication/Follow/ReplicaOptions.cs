using System.Runtime.CompilerServices;
using Kevo.Core;
using Kevo.Platform.Tls;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Session;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Follow;

/// <summary>
/// Every setting of a replica, with its default. Each value is checked when it is given, what concerns two of them when
/// the replica is made; a bad one is a <see cref="ConfigurationException"/> that names the setting. Immutable.
/// </summary>
public sealed record ReplicaOptions
{
    /// <summary>
    /// The least value of <see cref="KeepAliveInterval"/>: a stock primary hangs up on a client that pings faster.
    /// </summary>
    public static readonly TimeSpan KeepAliveIntervalMin = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The largest message a stock primary sends: 16 MiB of entries, plus room for the framing around them.
    /// </summary>
    public const int StockMessageBytesMax = ReplicationMethods.MaxMessageBytes;

    /// <summary>host:port of the primary's replication service (default <c>localhost:50052</c>).</summary>
    public string PrimaryAddress { get; init => field = Endpoint(value); } = "localhost:50052";

    /// <summary>TLS credentials; null (the default) means a plaintext connection.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>
    /// The name the primary's certificate must carry; null (the default) means the host of its address.
    /// </summary>
    public string? TlsServerName { get; init; }

    /// <summary>Bound on one connection attempt, from name resolution to response headers (default 10 s).</summary>
    public TimeSpan DialTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Consecutive failed attempts after which the node reports itself unhealthy (default 5). It keeps trying all the
    /// same, unless <see cref="KeepRetrying"/> is false.
    /// </summary>
    public int MaxRetries { get; init => field = AtLeast(value, 1); } = 5;

    /// <summary>
    /// Whether the node goes on trying after <see cref="MaxRetries"/> failures (default) or ends with the last error.
    /// </summary>
    public bool KeepRetrying { get; init; } = true;

    /// <summary>Delay after the first failure (default 1 s).</summary>
    public TimeSpan RetryBaseDelay { get; init => field = Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>No delay is longer (default 60 s).</summary>
    public TimeSpan RetryMaxDelay { get; init => field = Positive(value); } = TimeSpan.FromSeconds(60);

    /// <summary>Each further failure multiplies the delay by this (default 1.5).</summary>
    public double RetryMultiplier { get; init => field = Factor(value); } = 1.5;

    /// <summary>Offered in the stream request: whether this node can decompress (default yes).</summary>
    public bool CompressionSupported { get; init; } = true;

    /// <summary>Offered in the stream request: the codec wished for (default ZSTD).</summary>
    public CompressionCodec PreferredCodec { get; init => field = Codec(value); } = CompressionCodec.Zstd;

    /// <summary>Offered in the stream request (default 1).</summary>
    public uint ProtocolVersion { get; init; } = 1;

    /// <summary>
    /// The longest a durable entry stays unacknowledged (default 5 s). It is acknowledged at once; a primary that has
    /// not answered after this time, or after a second if that is longer, is given up and connected to again.
    /// </summary>
    public TimeSpan AckInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Most payload bytes applied and synced as one unit (default 1 MiB). A unit ends between two transactions, so one
    /// large transaction may exceed it.
    /// </summary>
    public int MaxBatchBytes { get; init => field = AtLeast(value, 1); } = 1 << 20;

    /// <summary>Whether batches are timed for detailed metrics (default on).</summary>
    public bool ReportMetrics { get; init; } = true;

    /// <summary>
    /// What the primary, and through it clients, are told as this node's read address (default <c>127.0.0.1:50053</c>).
    /// Stock primaries refuse an empty one.
    /// </summary>
    public string ListenerAddress { get; init => field = NotEmpty(value); } = "127.0.0.1:50053";

    /// <summary>How a stock primary is followed (default: decided from its headers).</summary>
    public FollowMode Follow { get; init => field = Mode(value); } = FollowMode.Auto;

    /// <summary>This node's name towards relays; empty (the default) sends none and gives up loop detection.</summary>
    public string NodeId { get; init => field = Node(value); } = "";

    /// <summary>Largest message accepted from the primary, in bytes (default 16 MiB + 64 KiB).</summary>
    public int MaxReceiveMessageBytes { get; init => field = AtLeast(value, 64 << 10); } = StockMessageBytesMax;

    /// <summary>Largest total size of one message's payloads once decompressed, in bytes (default 64 MiB).</summary>
    public int MaxDecompressedBytes { get; init => field = AtLeast(value, EntryLimits.MaxPayloadLength); } = 64 << 20;

    /// <summary>
    /// Bytes of messages that may wait between receiver and loop (default 16 MiB). One message is always admitted when
    /// nothing waits, so the true bound is the larger of this and <see cref="MaxReceiveMessageBytes"/>.
    /// </summary>
    public int ReceiveQueueBytes { get; init => field = AtLeast(value, 64 << 10); } = 16 << 20;

    /// <summary>
    /// Bytes of messages of a listened-to stock primary that may wait on disk when memory is full (default 1 GiB).
    /// </summary>
    public long SpillBytesMax
    {
        get;
        init => field = value >= 0 ? value : throw Bad(nameof(SpillBytesMax), $"{value}", "0 or more bytes");
    } = 1L << 30;

    /// <summary>
    /// The HTTP/2 window that the stream begins with, in bytes (default 512 KiB; 64 KiB to 16 MiB). The runtime
    /// enlarges it by itself on links with a long round trip, and buffers it in arrays of the shared pool.
    /// </summary>
    public int StreamWindowBytes { get; init => field = Window(value); } = 512 << 10;

    /// <summary>A stream on which nothing arrives for this long is dead and reopened (default 45 s).</summary>
    public TimeSpan SilenceLimit { get; init => field = Positive(value); } = TimeSpan.FromSeconds(45);

    /// <summary>Interval of HTTP/2 pings on an idle connection (default and least 20 s).</summary>
    public TimeSpan KeepAliveInterval { get; init => field = KeepAlive(value); } = KeepAliveIntervalMin;

    /// <summary>
    /// A ping unanswered for this long ends the connection (default 6 s, so that a dead one is noticed within 30 s).
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Bound on one negative acknowledgement, for which a stock primary reads its whole log (default 10 s).
    /// </summary>
    public TimeSpan ResendTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a missing sequence may stay missing after it was asked for, before it is asked for again (default 2 s).
    /// </summary>
    public TimeSpan GapTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often one missing sequence is asked for on one stream before the session is given up (default 3).
    /// </summary>
    public int GapAttempts { get; init => field = AtLeast(value, 1); } = 3;

    /// <summary>How long a clean stop waits for the last acknowledgement (default 1 s).</summary>
    public TimeSpan StopTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>When snapshots of a stock primary are taken, and what they may cost.</summary>
    public SnapshotOptions Snapshots { get; init; } = new();

    /// <summary>The part of the settings that concerns the connection.</summary>
    public ConnectorOptions Connector => new()
    {
        Address = PrimaryAddress,
        Tls = Tls,
        ServerName = TlsServerName,
        DialTimeout = DialTimeout,
        MaxReceiveMessageBytes = MaxReceiveMessageBytes,
        StreamWindowBytes = StreamWindowBytes,
        KeepAliveInterval = KeepAliveInterval,
        KeepAliveTimeout = KeepAliveTimeout,
    };

    /// <summary>Checks what concerns more than one setting.</summary>
    /// <exception cref="ConfigurationException">Two settings contradict each other.</exception>
    public void Validate()
    {
        if (RetryMaxDelay < RetryBaseDelay)
        {
            throw new ConfigurationException(
                $"RetryMaxDelay ({RetryMaxDelay}) is shorter than RetryBaseDelay ({RetryBaseDelay}); raise it or "
                + "lower the base.");
        }
    }

    private static TimeSpan Positive(TimeSpan value, [CallerMemberName] string setting = "") =>
        value > TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw Bad(setting, $"{value}", "a duration above 0 and up to one day");

    private static TimeSpan KeepAlive(TimeSpan value, [CallerMemberName] string setting = "") =>
        value >= KeepAliveIntervalMin && value <= TimeSpan.FromHours(1)
            ? value
            : throw Bad(setting, $"{value}", "20 s to 1 hour; a stock primary hangs up on faster pings");

    private static int AtLeast(int value, int least, [CallerMemberName] string setting = "") =>
        value >= least ? value : throw Bad(setting, $"{value}", $"at least {least}");

    private static int Window(int value, [CallerMemberName] string setting = "") =>
        value is >= 64 << 10 and <= 16 << 20 ? value : throw Bad(setting, $"{value}", "65536 to 16777216 bytes");

    private static double Factor(double value, [CallerMemberName] string setting = "") =>
        value is >= 1.0 and <= 10.0 ? value : throw Bad(setting, $"{value}", "1.0 to 10.0");

    private static string NotEmpty(string value, [CallerMemberName] string setting = "") =>
        !string.IsNullOrWhiteSpace(value) ? value : throw Bad(setting, "empty", "a host:port");

    private static string Node(string value, [CallerMemberName] string setting = "") =>
        value.Length == 0 || RelayHeaders.IsNodeId(value)
            ? value
            : throw Bad(setting, $"'{value}'", "1 to 64 letters, digits, '-', '_' or '.'");

    private static CompressionCodec Codec(CompressionCodec value, [CallerMemberName] string setting = "") =>
        Enum.IsDefined(value) ? value : throw Bad(setting, $"{value}", "NONE, ZSTD or SNAPPY");

    private static FollowMode Mode(FollowMode value, [CallerMemberName] string setting = "") =>
        Enum.IsDefined(value) ? value : throw Bad(setting, $"{value}", "auto, relay, listen, tick or fill");

    private static string Endpoint(string value, [CallerMemberName] string setting = "") =>
        PrimaryEndpoint.TryParse(value, out _) ? value : throw Bad(setting, $"'{value}'", "host:port");

    private static ConfigurationException Bad(string setting, string value, string expected) =>
        new($"{setting} is {value}; it must be {expected}.");
}
