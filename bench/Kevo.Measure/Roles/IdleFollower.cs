using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Kevo.Measure.Roles;

/// <summary>The executable, following a relay with nothing to do. What it uses is read from the system.</summary>
internal sealed class IdleFollower : IDisposable
{
    private const int AdminListening = 5030;
    private const int TicksPerSecond = 100;

    private readonly Process _process;
    private readonly Uri _admin;

    private IdleFollower(Process process, Uri admin)
    {
        _process = process;
        _admin = admin;
    }

    /// <summary>Starts it, and waits until its admin endpoint listens.</summary>
    /// <exception cref="InvalidOperationException">It ended first.</exception>
    public static IdleFollower Start(string executable, string primary, string data)
    {
        var start = new ProcessStartInfo(executable)
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "run", "--primary", primary, "--data", data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                "--log-format", "json",
            },
        };
        Process process = Process.Start(start)!;
        while (process.StandardError.ReadLine() is { } line)
        {
            using JsonDocument record = JsonDocument.Parse(line);
            if (record.RootElement.GetProperty("event").GetInt32() == AdminListening)
            {
                string address = record.RootElement.GetProperty("data").GetProperty("Address").GetString()!;
                _ = process.StandardError.ReadToEndAsync();
                return new IdleFollower(process, new Uri($"http://{address}/"));
            }
        }

        throw new InvalidOperationException($"{executable} ended before it listened.");
    }

    /// <summary>Waits until the node says that it is level with its primary.</summary>
    public async Task UntilReadyAsync()
    {
        using var client = new HttpClient();
        while (!(await client.GetAsync(new Uri(_admin, "readyz"))).IsSuccessStatusCode)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>A figure of <c>/proc/PID/status</c> in bytes.</summary>
    public double Bytes(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name + ":"));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Processor time used so far, in seconds, to a hundredth.</summary>
    public double CpuSeconds()
    {
        string stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        const int UserTime = 11;
        return (double.Parse(fields[UserTime], CultureInfo.InvariantCulture)
            + double.Parse(fields[UserTime + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>How often its threads were woken so far.</summary>
    public long Wakeups() => Directory.EnumerateDirectories($"/proc/{_process.Id}/task")
        .Sum(task => long.Parse(
            File.ReadLines(Path.Combine(task, "status"))
                .First(line => line.StartsWith("voluntary_ctxt_switches:")).Split(':')[1],
            CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
