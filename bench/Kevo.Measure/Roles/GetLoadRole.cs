using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Net.Client;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Measure.Roles;

/// <summary>
/// Clients that Get keys as fast as they are answered, one call at a time on each of many connections. Says
/// <c>calls_per_second</c>, <c>p50_us</c>, <c>p99_us</c> and <c>missed</c> (keys not found).
/// </summary>
public static class GetLoadRole
{
    /// <summary>Arguments: port, connections, seconds, number of distinct keys <c>key-%012d</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        int connections = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[2], CultureInfo.InvariantCulture);
        long keys = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        var workers = new Task<Worker>[connections];
        long begin = Stopwatch.GetTimestamp();
        long warm = begin + (long)(0.5 * Stopwatch.Frequency);
        long end = warm + (long)(seconds * Stopwatch.Frequency);
        for (int i = 0; i < connections; i++)
        {
            workers[i] = RunWorkerAsync(port, i, keys, warm, end);
        }

        Worker[] done = await Task.WhenAll(workers);
        long[] latencies = done.SelectMany(worker => worker.Latencies).ToArray();
        Array.Sort(latencies);
        double toMicroseconds = 1e6 / Stopwatch.Frequency;
        RoleOutput.Say("calls_per_second", latencies.Length / seconds);
        RoleOutput.Say("p50_us", latencies[latencies.Length / 2] * toMicroseconds);
        RoleOutput.Say("p99_us", latencies[latencies.Length * 99L / 100] * toMicroseconds);
        RoleOutput.Say("missed", done.Sum(worker => worker.Missed));
        return 0;
    }

    private static async Task<Worker> RunWorkerAsync(int port, int index, long keys, long warm, long end)
    {
        using var handler = new SocketsHttpHandler();
        using var channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{port}", new GrpcChannelOptions { HttpHandler = handler });
        var client = new KevoService.KevoServiceClient(channel);
        var random = new Random(index);
        var worker = new Worker();
        while (true)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"key-{random.NextInt64(keys):D12}");
            long started = Stopwatch.GetTimestamp();
            if (started >= end)
            {
                return worker;
            }

            GetResponse response = await client.GetAsync(new GetRequest { Key = ByteString.CopyFromUtf8(key) });
            if (started >= warm)
            {
                worker.Latencies.Add(Stopwatch.GetTimestamp() - started);
                worker.Missed += response.Found ? 0 : 1;
            }
        }
    }

    private sealed class Worker
    {
        public List<long> Latencies { get; } = new(1 << 16);

        public long Missed { get; set; }
    }
}
