using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;
using Kevo.Testing;
using Kevo.Testing.Network;
using Kevo.Wire.Contracts.Client;
using Operation = Kevo.Core.Operation;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>
/// A simulated stock primary with every peculiarity on, behind a faulty proxy for each of its ports, and a process of
/// the executable that follows it with short waits.
/// </summary>
internal sealed class StockWorld : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(25);

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new();
    private string? _primaryName;
    private string? _clientName;
    private IReadOnlyList<string> _launcher = [];
    private string _admin = "";
    private string _reads = "";

    private StockWorld(StockPrimaryHost primary)
    {
        Primary = primary;
        Replication = new FaultyProxy(primary.ReplicationAddress);
        Client = new FaultyProxy(primary.ClientAddress);
    }

    /// <summary>The primary.</summary>
    public StockPrimaryHost Primary { get; }

    /// <summary>The way to its replication port.</summary>
    public FaultyProxy Replication { get; }

    /// <summary>The way to its client port.</summary>
    public FaultyProxy Client { get; }

    /// <summary>The process that follows; the last one started.</summary>
    public ReplicaRun Replica { get; private set; } = null!;

    /// <summary>The replica's data directory.</summary>
    public string Data => _directory.Combine("replica");

    /// <summary>
    /// A world over a primary that runs, which the replica is told by name and is started by way of a command.
    /// </summary>
    public static StockWorld Over(
        StockPrimaryHost primary, string primaryName, string clientName, IReadOnlyList<string> launcher) =>
        new(primary) { _primaryName = primaryName, _clientName = clientName, _launcher = launcher };

    /// <summary>Starts a primary that can freeze in every way; what it does wrong else is up to the options.</summary>
    public static async Task<StockWorld> StartAsync(
        StockPrimaryOptions? options = null, StockFreezeCycles freezes = StockFreezeCycles.All)
    {
        options = (options ?? new StockPrimaryOptions()) with { FreezeCycles = freezes, BlocksOnFullWindow = true };
        return new StockWorld(await StockPrimaryHost.StartAsync(
            new StockPrimaryModel(options, TimeProvider.System), new StockPrimaryHostOptions(), TimeProvider.System));
    }

    /// <summary>Starts a process that follows, with these words more; the one before must have ended.</summary>
    public async Task FollowAsync(params string[] more)
    {
        string[] usual =
        [
            "--data", Data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-format", "json",
            "--primary", _primaryName ?? Replication.Address.ToString(),
            "--primary-client", _clientName ?? Client.Address.ToString(),
            "--retry-base-delay", "5ms", "--retry-max-delay", "200ms", "--dial-timeout", "1s",
            "--snapshot-interval", "20ms", "--primary-check-interval", "100ms", "--rotation-check-interval", "500ms",
            "--failure-linger", "0",
        ];
        IEnumerable<string> kept = usual.Chunk(2).Where(pair => !more.Contains(pair[0])).SelectMany(pair => pair);
        Replica = ReplicaRun.Start(["run", .. kept, .. more], _launcher);
        _admin = await Replica.AddressAsync(Events.AdminListening);
        _reads = await Replica.AddressAsync(Events.ReadsListening);
    }

    /// <summary>A put at the primary.</summary>
    public void Put(string key, string value) =>
        Primary.Run(model => model.Put(Bytes(key), Bytes(value)));

    /// <summary>A delete at the primary.</summary>
    public void Delete(string key) => Primary.Run(model => model.Delete(Bytes(key)));

    /// <summary>A transaction at the primary.</summary>
    public void Commit(params (string Key, string Value)[] puts) => Primary.Run(model => model.Commit(
        [.. puts.Select(put => new StockOperation(Operation.Put, Bytes(put.Key), Bytes(put.Value)))]));

    /// <summary>Waits until the replica shows exactly what the primary shows.</summary>
    public async Task UntilEqualAsync()
    {
        List<string> ours = [];
        List<string> wanted = [];
        await UntilAsync(
            async () =>
            {
                wanted = PrimaryRows();
                Assert.False(Replica.HasEnded, Replica.Said);
                ours = await ReplicaRowsAsync();
                return ours.SequenceEqual(wanted);
            },
            () => $"primary: {string.Join(' ', wanted.Take(20))}\nreplica: {string.Join(' ', ours.Take(20))}");
    }

    /// <summary>The rows a client of the replica sees.</summary>
    public async Task<List<string>> ReplicaRowsAsync()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{_reads}");
        var client = new KevoService.KevoServiceClient(channel);
        using AsyncServerStreamingCall<ScanResponse> scan = client.Scan(new ScanRequest());
        List<string> rows = [];
        await foreach (ScanResponse row in scan.ResponseStream.ReadAllAsync())
        {
            rows.Add(Row(row.Key.ToByteArray(), row.Value.ToByteArray()));
        }

        return rows;
    }

    /// <summary>Waits until the status document says so.</summary>
    public async Task<JsonElement> UntilStatusAsync(Func<JsonElement, bool> holds)
    {
        JsonElement status = default;
        await UntilAsync(
            async () =>
            {
                status = JsonDocument.Parse(await _http.GetStringAsync($"http://{_admin}/status")).RootElement;
                return holds(status);
            },
            () => status.ToString());
        return status;
    }

    /// <summary>
    /// Waits until the replica names the reason everywhere: in /readyz, in the status, and in the metrics; and says
    /// nowhere that its lag is 0.
    /// </summary>
    public async Task UntilNamedAsync(string reason, string condition)
    {
        await UntilStatusAsync(status => status.GetProperty("replica").GetProperty("primaryCondition").GetString()
            == condition && Reasons(status).Contains(reason));
        await UntilUnreadyAsync(reason);
    }

    /// <summary>
    /// Waits until /readyz and the metrics name the reason; and the metrics say nowhere that lag is 0.
    /// </summary>
    public async Task UntilUnreadyAsync(string reason)
    {
        string[] said = ["", ""];
        await UntilAsync(
            async () =>
            {
                using HttpResponseMessage ready = await _http.GetAsync(new Uri($"http://{_admin}/readyz"));
                said[0] = await ready.Content.ReadAsStringAsync();
                said[1] = await _http.GetStringAsync($"http://{_admin}/metrics");
                return (int)ready.StatusCode == 503 && said[0].Contains(reason, StringComparison.Ordinal)
                    && said[1].Contains($"reason=\"{reason}\"", StringComparison.Ordinal);
            },
            () => string.Join('\n', said));
        AssertLagUnknown(said[1]);
    }

    /// <summary>Waits until the node is ready, level with a live primary.</summary>
    public Task UntilReadyAsync() => UntilStatusAsync(status =>
        status.GetProperty("readiness").GetProperty("ready").GetBoolean()
        && status.GetProperty("replica").GetProperty("primaryCondition").GetString() == "live"
        && status.GetProperty("replica").GetProperty("lag").GetProperty("entries") is
            { ValueKind: JsonValueKind.Number } lag && lag.GetUInt64() == 0);

    /// <summary>Waits until it holds, looking again and again.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, Func<string> because)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(Beat);
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, $"{because()}\n{Replica.Said}");
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Replica is not null)
        {
            await Replica.DisposeAsync();
        }

        await Replication.DisposeAsync();
        await Client.DisposeAsync();
        await Primary.DisposeAsync();
        _http.Dispose();
        _directory.Dispose();
    }

    private static IEnumerable<string?> Reasons(JsonElement status) =>
        status.GetProperty("readiness").GetProperty("checks").EnumerateArray()
            .Where(check => !check.GetProperty("passed").GetBoolean())
            .Select(check => check.GetProperty("code").GetString());

    private static void AssertLagUnknown(string metrics) => Assert.DoesNotContain(
        metrics.Split('\n'),
        line => line.StartsWith("kevo_replica_lag_entries", StringComparison.Ordinal)
            || line.StartsWith("kevo_replica_lag_bytes", StringComparison.Ordinal));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Row(byte[] key, byte[] value)
    {
        string shown = value.Length > 100 ? $"{value.Length} bytes" : Encoding.UTF8.GetString(value);
        return $"{Encoding.UTF8.GetString(key)}={shown}";
    }

    private List<string> PrimaryRows() =>
        [.. Primary.Run(model => model.Scan([], [], [], [], 0))!.Select(row => Row(row.Key, row.Value))];
}
