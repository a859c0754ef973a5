using System.Buffers.Binary;
using System.Text;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Storage.Kevo;

namespace Kevo.EndToEnd.Tests.Killing;

/// <summary>
/// One primary under load and one replica that is killed again and again, at any moment of start, recovery, bootstrap,
/// flush, merge and promotion, while a client reads. Every transaction also counts up one key, so that what a reader
/// sees says which prefix of the history it is.
/// </summary>
internal sealed class KillLane(IDemoPrimary primary, string root, int seed, params string[] flags)
{
    private static readonly byte[] Counter = Encoding.ASCII.GetBytes("counter");

    private readonly Random _random = new(seed);
    private readonly string _data = Path.Combine(root, "replica");

    // What a reader has seen, or the primary was told, must never be missing again.
    private ulong _floor;
    private ulong _written;

    /// <summary>Kills of <c>run</c>.</summary>
    public int Kills { get; private set; }

    /// <summary>Kills of <c>promote</c>.</summary>
    public int Promotions { get; private set; }

    /// <summary>Answers that a client compared.</summary>
    public long Reads { get; private set; }

    /// <summary>Whether every start begins an epoch of its own, so that only the content can be compared.</summary>
    public bool BeginsEpochs { get; init; }

    private string[] Words =>
    [
        "run", "--data", _data, "--listen", "127.0.0.1:0", "--admin", "off", "--log-format", "json", "--memory-limit",
        "16MiB", "--segment-size", "256KiB", "--retry-base-delay", "5ms", "--retry-max-delay", "50ms", .. flags,
    ];

    /// <summary>Goes through so many kills, then catches up, stops, and compares both sides.</summary>
    public async Task RunAsync(int cycles)
    {
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            if (cycle % 10 == 9)
            {
                await KillPromotionAsync(cycle);
            }
            else
            {
                await KillReplicaAsync(cycle);
            }
        }

        await FinishAsync();
    }

    private async Task KillReplicaAsync(int cycle)
    {
        await using ReplicaRun run = ReplicaRun.Start(Words);
        using var ended = new CancellationTokenSource();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task reading = ReadAsync(run, cycle, answered, ended.Token);

        // Every fourth kill may come at any moment of the start, the others while it follows and is read from.
        if (_random.Next(4) > 0)
        {
            await run.WaitForEventAsync(NodeLog.StartedEvent);
            await Task.WhenAny(answered.Task, reading).WaitAsync(ReplicaRun.Patience);
        }

        int transactions = _random.Next(20, 300);
        int killAt = _random.Next(transactions);
        Task? kill = null;
        for (int i = 0; i < transactions; i++)
        {
            Write();
            if (i == killAt)
            {
                await BeatAsync(_random.Next(6));
                kill = run.KillAsync();
            }
        }

        primary.Flush();
        await kill!;
        await ended.CancelAsync();
        await reading;
        Kills++;
        if (!BeginsEpochs)
        {
            _floor = Math.Max(_floor, primary.Acknowledged);
        }
    }

    /// <summary>The next life's first answers prove that what was acknowledged is there.</summary>
    private async Task ReadAsync(ReplicaRun run, int cycle, TaskCompletionSource answered, CancellationToken ended)
    {
        await using CounterReader? reader = await CounterReader.OpenAsync(run, ended);
        while (reader is not null && !ended.IsCancellationRequested)
        {
            if (await reader.NextAsync(Counter, ended) is not { } seen)
            {
                await BeatAsync(1);
                continue;
            }

            answered.TrySetResult();
            Assert.True(seen >= _floor, $"cycle {cycle}, seed {seed}: a reader went from {_floor} back to {seen}");
            _floor = seen;
            Reads++;
        }
    }

    private async Task KillPromotionAsync(int cycle)
    {
        string target = Path.Combine(root, $"promoted-{cycle}");
        await using (ReplicaRun run = ReplicaRun.Start(["promote", "--data", _data, "--to", target]))
        {
            await BeatAsync(_random.Next(25));
            await run.KillAsync();
        }

        Promotions++;
        if (Directory.Exists(target))
        {
            ComparePromoted(target, cycle);
            Directory.Delete(target, recursive: true);
        }

        if (Directory.Exists(target + ".promoting"))
        {
            Directory.Delete(target + ".promoting", recursive: true);
        }
    }

    private void ComparePromoted(string target, int cycle)
    {
        StockDirectory directory = StockDirectory.Open(LinuxFileSystem.Instance, target);
        using StockView view = StockView.Open(LinuxFileSystem.Instance, directory);
        Assert.Null(view.StartFailure ?? view.WalLoss);
        ulong held = view.TryGet(Counter, out ReadOnlySpan<byte> value) ? Parse(value) : 0;
        Assert.True(held >= _floor, $"cycle {cycle}, seed {seed}: promoted {held}, but {_floor} was seen");
        _floor = held;
    }

    private void Write()
    {
        _written++;
        var operations = new List<DemoOperation> { new(Operation.Put, Counter, ToBytes(_written)) };
        for (int i = _random.Next(4); i > 0; i--)
        {
            byte[] key = Encoding.ASCII.GetBytes($"key{_random.Next(500):D4}");
            bool delete = _random.Next(6) == 0;
            byte[] value = delete ? [] : new byte[_random.Next(primary.LargestValue > 100_000 ? 6000 : 1500)];
            _random.NextBytes(value);
            operations.RemoveAll(operation => operation.Key.AsSpan().SequenceEqual(key));
            operations.Add(new DemoOperation(delete ? Operation.Delete : Operation.Put, key, value));
        }

        if (BeginsEpochs)
        {
            // What a stock primary serves differs from its log after overlapping batches, and a snapshot takes what it
            // serves: here every operation stands alone, the counter last.
            operations.Reverse();
            operations.ForEach(operation => primary.Write([operation]));
        }
        else
        {
            primary.Write(operations);
        }

        if (_written % 10 == 0)
        {
            primary.Flush();
        }
    }

    private async Task FinishAsync()
    {
        await using ReplicaRun last = ReplicaRun.Start(Words);
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var ended = new CancellationTokenSource();
        await using CounterReader reader = (await CounterReader.OpenAsync(last, ended.Token))!;
        ulong seen = 0;
        while (seen < _written)
        {
            Assert.False(limit.IsCancellationRequested, $"seed {seed}: stays at {seen} of {_written}:\n{last.Said}");
            await BeatAsync(1);
            seen = await reader.NextAsync(Counter, CancellationToken.None) ?? _floor;
            Assert.True(seen >= _floor, $"seed {seed}: a reader went from {_floor} back to {seen}");
            _floor = seen;
        }

        Assert.Equal(0, await last.StopAsync());
        DemoHistory there = await primary.ReadAsync(CancellationToken.None);
        DemoHistory here = DemoHistory.Read(_data, TimeProvider.System);
        if (BeginsEpochs)
        {
            Assert.Equal(
                there.Keys.OrderBy(static key => key.Key, StringComparer.Ordinal),
                here.Keys.OrderBy(static key => key.Key, StringComparer.Ordinal));
        }
        else
        {
            Assert.Null(DemoComparison.FindDifference(there, here));
        }
    }

    private static byte[] ToBytes(ulong number)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static ulong Parse(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadUInt64LittleEndian(value);

    // A moment to kill at, chosen by the seed; nothing waits for anything to have happened.
    private static async Task BeatAsync(int beats)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(4));
        while (beats-- > 0)
        {
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
