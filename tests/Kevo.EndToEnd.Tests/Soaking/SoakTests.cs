using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Killing;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Testing;
using Kevo.Testing.Proof;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>
/// Two real processes, a sidecar beside a stock directory and a replica behind it, under load while something is always
/// half broken: the link slow, silent or cut, either process stopped, the disk standing still. After each of them the
/// replica catches up, no reader ever goes back, and memory, handles and threads stay where they were.
/// <c>KEVO_SOAK_SECONDS</c> sets how long (default 30; the long proof takes 3600).
/// </summary>
public sealed class SoakTests
{
    private const int WarmUp = 2;
    private const string Stalled = "stalled disk";
    private const string SetClocks = "set clock";

    private static readonly int Seconds =
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int n)
            ? n
            : 30;

    private static readonly byte[] Counter = Encoding.ASCII.GetBytes("counter");

    private readonly Random _random = new(Seed.For(1301));
    private ulong _written;
    private ulong _floor;

    [Fact]
    public Task Half_broken_surroundings_cost_time_and_nothing_else() =>
        SoakAsync("soak", ReplicaExecutable.FullPath, static _ => true, Seconds);

    // Whichever executable is under test: the published one takes its time from the system and nothing else.
    [Fact]
    public Task Times_of_day_that_are_set_cost_nothing() =>
        SoakAsync("soak, set clocks", ReplicaExecutable.OfTests, static fault => fault == SetClocks, seconds: 5);

    private async Task SoakAsync(string proof, string executable, Func<string, bool> wanted, int seconds)
    {
        using var directory = new TemporaryDirectory();
        using FreezableDisk? disk = FreezableDisk.TryMake(directory.Path, 512 << 20);
        using var stock = new StockDirectoryWriter(directory.Combine("kevo"));
        using var sidecarClock = new ProcessClock(directory.Combine("sidecar-clock"));
        using var replicaClock = new ProcessClock(directory.Combine("replica-clock"));
        await using ReplicaRun sidecar = ReplicaRun.StartFile(
            executable,
            [
                "relay", "--admin", "off", "--kevo-dir", directory.Combine("kevo"), "--data",
                directory.Combine("sidecar"), "--relay-listen", "127.0.0.1:0", "--log-format", "json",
            ],
            sidecarClock.Variable);
        await using var link = new GrayLink(await sidecar.AddressAsync(Events.RelayListening));
        await using ReplicaRun replica = ReplicaRun.StartFile(
            executable,
            [
                "run", "--data", Path.Combine(disk?.Path ?? directory.Path, "replica"), "--primary", link.Address,
                "--listen", "127.0.0.1:0", "--admin", "off", "--log-format", "json", "--memory-limit", "16MiB",
                "--log-retention", "16MiB", "--segment-size", "1MiB", "--retry-base-delay", "5ms",
                "--retry-max-delay", "100ms",
            ],
            replicaClock.Variable);
        await using CounterReader reader = (await CounterReader.OpenAsync(replica, CancellationToken.None))!;

        bool canSetClocks = executable == ReplicaExecutable.OfTests;
        (string Name, Action Begin, Action End)[] faults =
        [
            ("slow link", () => link.BytesPerBeat = 500, () => link.BytesPerBeat = int.MaxValue),
            ("silent link", () => link.BytesPerBeat = 0, () => link.BytesPerBeat = int.MaxValue),
            ("cut link", link.Cut, static () => { }),
            ("stopped replica", () => Signal(replica, "STOP"), () => Signal(replica, "CONT")),
            ("stopped primary", () => Signal(sidecar, "STOP"), () => Signal(sidecar, "CONT")),
            (Stalled, () => disk?.Freeze(), () => disk?.Thaw()),
            (SetClocks, () => Set(sidecarClock, replicaClock), static () => { }),
        ];
        faults = [.. faults.Where(fault => wanted(fault.Name) && (canSetClocks || fault.Name != SetClocks))];
        var started = Stopwatch.StartNew();
        ProcessFigures[]? before = null;
        int rounds = 0;
        while (started.Elapsed.TotalSeconds < seconds || rounds <= WarmUp)
        {
            foreach ((string name, Action begin, Action end) in faults)
            {
                begin();
                try
                {
                    await LoadAsync(stock, beats: 60);
                }
                finally
                {
                    end();
                }

                await CatchUpAsync(reader, $"after a {name}, round {rounds}", replica);
            }

            stock.DeleteOldFiles();
            stock.Rotate();
            if (++rounds == WarmUp)
            {
                before = [ProcessFigures.Of(sidecar.Id), ProcessFigures.Of(replica.Id)];
            }
        }

        ProcessFigures[] after = [ProcessFigures.Of(sidecar.Id), ProcessFigures.Of(replica.Id)];
        AssertFlat("sidecar", before![0], after[0]);
        AssertFlat("replica", before[1], after[1]);
        await StopAsync(replica, canSetClocks ? replicaClock : null);
        await StopAsync(sidecar, canSetClocks ? sidecarClock : null);
        ProofLine.Write(
            proof,
            ("seconds", (long)started.Elapsed.TotalSeconds),
            ("gray faults", rounds * faults.Length),
            ("of them stalled disks", disk is null ? 0 : rounds * faults.Count(static fault => fault.Name == Stalled)),
            ("set clocks", rounds * faults.Count(static fault => fault.Name == SetClocks)),
            ("transactions", (long)_written));
        Tell($"{proof}, sidecar", before[0], after[0]);
        Tell($"{proof}, replica", before[1], after[1]);
    }

    // Forwards or backwards, and each by its own number of hours.
    private void Set(params ProcessClock[] clocks)
    {
        foreach (ProcessClock clock in clocks)
        {
            clock.Offset = TimeSpan.FromHours(_random.Next(-72, 73));
        }
    }

    // What it says last bears the time that was set, so that it was set indeed.
    private static async Task StopAsync(ReplicaRun run, ProcessClock? clock)
    {
        Assert.True(await run.StopAsync() == 0, run.Said);
        DateTimeOffset said = JsonDocument.Parse(run.Error[^1]).RootElement.GetProperty("time").GetDateTimeOffset();
        TimeSpan off = said - DateTimeOffset.UtcNow - (clock?.Offset ?? TimeSpan.Zero);
        Assert.True(off.Duration() < TimeSpan.FromMinutes(10), $"its last words are of {said}:\n{run.Said}");
    }

    private static void Tell(string who, ProcessFigures before, ProcessFigures after) => ProofLine.Write(
        who,
        ("KiB of memory after the warm-up", before.MemoryKiB),
        ("at the end", after.MemoryKiB),
        ("handles", before.Handles),
        ("at the end", after.Handles),
        ("threads", before.Threads),
        ("at the end", after.Threads));

    // Writes a little each beat, so that the fault meets a live stream.
    private async Task LoadAsync(StockDirectoryWriter stock, int beats)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (; beats > 0; beats--)
        {
            for (int i = _random.Next(10); i > 0; i--)
            {
                _written++;
                byte[] value = new byte[_random.Next(2000)];
                byte[] key = Encoding.ASCII.GetBytes($"key{_random.Next(2000):D5}");
                stock.WriteBatch(
                [
                    ((byte)Operation.Put, key, value), ((byte)Operation.Put, Counter, BitConverter.GetBytes(_written)),
                ]);
            }

            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task CatchUpAsync(CounterReader reader, string when, ReplicaRun replica)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        ulong seen = 0;
        while (seen < _written)
        {
            Assert.False(limit.IsCancellationRequested, $"{when}: stays at {seen} of {_written}:\n{replica.Said}");
            await beat.WaitForNextTickAsync(CancellationToken.None);
            seen = await reader.NextAsync(Counter, CancellationToken.None) ?? _floor;
            Assert.True(seen >= _floor, $"{when}: a reader went from {_floor} back to {seen}");
            _floor = seen;
        }
    }

    // What a process may take more than after the warm-up: its tables and log within the limits it was given, a
    // connection or two, a few threads of the pool. Anything that grows with time passes these in the long run.
    private static void AssertFlat(string who, ProcessFigures before, ProcessFigures after)
    {
        string both = $"{who}: {before} became {after}";
        Assert.True(after.MemoryKiB <= before.MemoryKiB + (96 << 10), both);
        Assert.True(after.Handles <= before.Handles + 40, both);
        Assert.True(after.Threads <= before.Threads + 10, both);
    }

    private static void Signal(ReplicaRun run, string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", run.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
