using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Kevo.Measure.Load;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Measure.Roles;

/// <summary>
/// Clients that Get keys as fast as they are answered, over many connections, every answer compared with what was put.
/// Says <c>calls_per_second</c>, <c>p50_us</c>, <c>p99_us</c> and <c>cpu_us</c> (its own processor time per call).
/// </summary>
public static class GetLoadRole
{
    // Until the server's compiler has seen what is hot and has compiled it for good.
    private const double WarmSeconds = 4;

    /// <summary>
    /// Arguments: port, connections, calls at a time on each, seconds, number of distinct keys <c>key-%012d</c>, value
    /// size; then, with one connection, milliseconds between an answer and the next call, if any.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        Http2Connection.UseOneThread();
        int port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        int inFlight = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[3], CultureInfo.InvariantCulture);
        long keys = long.Parse(arguments[4], CultureInfo.InvariantCulture);
        TimeSpan pause = arguments.Count > 6
            ? TimeSpan.FromMilliseconds(int.Parse(arguments[6], CultureInfo.InvariantCulture))
            : default;
        byte[] answer = Answer(int.Parse(arguments[5], CultureInfo.InvariantCulture));
        long warm = Stopwatch.GetTimestamp() + (long)(WarmSeconds * Stopwatch.Frequency);
        long end = warm + (long)(seconds * Stopwatch.Frequency);
        var connections = new GetConnection[int.Parse(arguments[1], CultureInfo.InvariantCulture)];
        for (int i = 0; i < connections.Length; i++)
        {
            connections[i] = new GetConnection(i, keys, inFlight, answer, warm, end, pause);
            connections[i].Start(port);
        }

        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        foreach (GetConnection connection in connections)
        {
            await connection.Done;
            connection.Dispose();
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        long[] latencies = connections.SelectMany(connection => connection.Latencies).ToArray();
        Array.Sort(latencies);
        double toMicroseconds = 1e6 / Stopwatch.Frequency;
        RoleOutput.Say("calls_per_second", latencies.Length / seconds);
        RoleOutput.Say("p50_us", latencies[latencies.Length / 2] * toMicroseconds);
        RoleOutput.Say("p99_us", latencies[latencies.Length * 99L / 100] * toMicroseconds);
        RoleOutput.Say("cpu_us", cpu.TotalMicroseconds * seconds / (seconds + WarmSeconds) / latencies.Length);
        return 0;
    }

    private static byte[] Answer(int valueSize) => GrpcMessage.Frame(new GetResponse
    {
        Value = UnsafeByteOperations.UnsafeWrap(StoreFill.NewValue(valueSize)),
        Found = true,
    });
}
