using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Wire.Contracts.Client;

namespace Kevo.EndToEnd.Tests.Joining;

/// <summary>
/// A node that serves reads and its log, of which it keeps as little as it can; the same ports in all of its lives.
/// </summary>
internal sealed class ServedNode(string data, string primary, params string[] more) : IAsyncDisposable
{
    private ReplicaRun? _run;
    private AdminView? _view;

    public string Data => data;

    public string Relay { get; } = $"127.0.0.1:{FreePort()}";

    public string Reads { get; } = $"127.0.0.1:{FreePort()}";

    public string Admin { get; } = $"127.0.0.1:{FreePort()}";

    public ReplicaRun Run => _run!;

    private AdminView View => _view ??= new AdminView(Admin);

    public ServedNode Start(params string[] words)
    {
        _run = ReplicaRun.Start(
        [
            "run", "--data", data, "--primary", primary, "--relay-listen", Relay, "--listen", Reads, "--admin", Admin,
            "--segment-size", "64KiB", "--memory-limit", "16MiB", "--log-retention", "0", "--log-format", "json",
            "--failure-linger", "0s", "--retry-base-delay", "5ms", "--retry-max-delay", "200ms", .. more, .. words,
        ]);
        return this;
    }

    /// <summary>The status, as soon as it is as wanted; it is asked for again and again.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            JsonElement status = default;
            bool told = false;
            try
            {
                status = await View.GetJsonAsync("/status");
                told = wanted(status);
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            if (told)
            {
                return status;
            }

            Assert.False(limit.IsCancellationRequested || Run.HasEnded, $"The status stayed {status}\n{Run.Said}");
            await beat.WaitForNextTickAsync();
        }
    }

    /// <summary>Everything it shows, as a hash over keys and values, and the position of that.</summary>
    public async Task<(LogPosition Position, int Rows, ulong Hash)> ReadAsync()
    {
        using var channel = GrpcChannel.ForAddress($"http://{Reads}");

        // A node whose history was replaced closes its port and opens it again.
        CallOptions options = new CallOptions(cancellationToken: TestContext.Current.CancellationToken)
            .WithWaitForReady()
            .WithDeadline(DateTime.UtcNow + ReplicaRun.Patience);
        using AsyncServerStreamingCall<ScanResponse> scan =
            new KevoService.KevoServiceClient(channel).Scan(new ScanRequest(), options);
        Metadata headers = await scan.ResponseHeadersAsync;
        Assert.True(LogPosition.TryParse(headers.GetValue("kevo-position"), out LogPosition position));
        var hash = new XxHash3();
        int rows = 0;
        while (await scan.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            hash.Append(scan.ResponseStream.Current.ToByteArray());
            rows++;
        }

        return (position, rows, hash.GetCurrentHashAsUInt64());
    }

    /// <summary>Waits until it is at a position, and checks that it shows what another node shows there.</summary>
    public async Task AssertSameAsync(ServedNode other, ulong sequence)
    {
        await UntilAtAsync(sequence);
        await other.UntilAtAsync(sequence);
        (LogPosition Position, int Rows, ulong Hash) here = await ReadAsync();
        Assert.Equal(await other.ReadAsync(), here);
        Assert.Equal(sequence, here.Position.Sequence);
    }

    public Task UntilAtAsync(ulong sequence) => UntilAsync(status => DurableOf(status).Sequence >= sequence);

    /// <summary>The first position that its log still has, and the last.</summary>
    public static (LogPosition First, LogPosition Last) LogOf(JsonElement status)
    {
        JsonElement relay = status.GetProperty("relay");
        LogPosition.TryParse(relay.GetProperty("first").GetString(), out LogPosition first);
        LogPosition.TryParse(relay.GetProperty("last").GetString(), out LogPosition last);
        return (first, last);
    }

    public async ValueTask DisposeAsync()
    {
        _view?.Dispose();
        if (_run is not null)
        {
            await _run.DisposeAsync();
        }
    }

    private static LogPosition DurableOf(JsonElement status)
    {
        LogPosition durable = LogPosition.None;
        if (status.GetProperty("replica") is { ValueKind: JsonValueKind.Object } replica)
        {
            LogPosition.TryParse(
                replica.GetProperty("positions").GetProperty("durable").GetString(), out durable);
        }

        return durable;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
