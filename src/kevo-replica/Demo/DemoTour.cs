using System.Globalization;
using Kevo.Core;

namespace Kevo.Replica.Demo;

/// <summary>
/// The tour itself: the primary writes, a replica process follows, is killed, recovers and catches up; then both sides
/// are read and compared.
/// </summary>
internal sealed class DemoTour(IDemoPrimary primary, DemoPlan plan, string data, IDemoScreen screen, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly long _started = time.GetTimestamp();
    private readonly CancellationTokenSource _enough = new();
    private ReplicaProcess? _replica;
    private long _entries;
    private TimeSpan _writing;

    private TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Runs it to its end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="DivergenceException">
    /// The sides differ, or the replica lost something it had acknowledged.
    /// </exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        screen.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"primary: {primary.Description}, seed {plan.Seed}, {plan.EntriesPerSecond} entries/s for "
            + $"{plan.Duration.TotalSeconds:F0} s"));
        StartReplica();
        screen.Tell($"replica: process {_replica!.Id} follows it");
        Task writing = Task.Run(WriteAsync, CancellationToken.None);
        try
        {
            if (!await WatchAsync(stop))
            {
                return Unexpected();
            }
        }
        finally
        {
            await _enough.CancelAsync();
            await writing;
        }

        if (!await CatchUpAsync(stop))
        {
            return Unexpected();
        }

        await _replica!.StopAsync(stop);
        screen.Tell($"stopped: process {_replica.Id} by SIGTERM, exit code {_replica.ExitCode}");
        return _replica.ExitCode == ExitCode.Ok ? await CompareAsync(stop) : Unexpected();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _replica?.Dispose();
        _enough.Dispose();
    }

    private void StartReplica()
    {
        _replica?.Dispose();
        _replica = ReplicaProcess.Start(
        [
            "run", .. primary.ReplicaFlags, "--data", data, "--listen", "off", "--admin", "off", "--log-format", "json",
            "--retry-base-delay", "50ms", "--retry-max-delay", "1s", "--log-retention", "1024TiB",
        ]);
    }

    // Until the workload's time is over and the kill has been shown, for which a busy machine may need longer; false
    // when the replica ended by itself, or acknowledged nothing that a kill could lose.
    private async Task<bool> WatchAsync(CancellationToken stop)
    {
        bool killed = false;
        using var beat = new PeriodicTimer(Beat, time);
        while (Elapsed < plan.Duration || !killed)
        {
            await beat.WaitForNextTickAsync(stop);
            if (_replica!.HasEnded || Elapsed > plan.Duration + Patience)
            {
                return false;
            }

            if (!killed && Elapsed >= plan.KillAt && primary.Acknowledged > 0)
            {
                killed = true;
                if (!await KillAndRecoverAsync(stop))
                {
                    return false;
                }
            }

            Show();
        }

        return true;
    }

    private async Task<bool> KillAndRecoverAsync(CancellationToken stop)
    {
        await _replica!.KillAsync();
        ulong acknowledged = primary.Acknowledged;
        screen.Tell(
            $"killed: process {_replica.Id} by SIGKILL; the primary was at {primary.LastSequence}, the replica had "
            + $"acknowledged {acknowledged}");
        StartReplica();
        Task first = await Task.WhenAny(_replica.Started, _replica.Ended).WaitAsync(stop);
        if (first != _replica.Started)
        {
            return false;
        }

        string held = await _replica.Started;
        if (!LogPosition.TryParse(held, out LogPosition position) || position.Sequence < acknowledged)
        {
            throw new DivergenceException($"The replica acknowledged {acknowledged} and recovered only {held}.");
        }

        screen.Tell($"recovered: {held} is on disk, nothing acknowledged is missing; process {_replica.Id} goes on");
        return true;
    }

    // Until all that was written is acknowledged; false when that stops moving or the replica ends.
    private async Task<bool> CatchUpAsync(CancellationToken stop)
    {
        using var beat = new PeriodicTimer(Beat, time);
        ulong last = primary.Acknowledged;
        long moved = time.GetTimestamp();
        while (last < primary.LastSequence)
        {
            await beat.WaitForNextTickAsync(stop);
            ulong now = primary.Acknowledged;
            if (now > last)
            {
                last = now;
                moved = time.GetTimestamp();
            }
            else if (_replica!.HasEnded || time.GetElapsedTime(moved) > Patience)
            {
                return false;
            }

            Show();
        }

        return true;
    }

    private async Task<int> CompareAsync(CancellationToken stop)
    {
        DemoHistory there = await primary.ReadAsync(stop);
        DemoHistory here = DemoHistory.Read(data, time);
        if (DemoComparison.FindDifference(there, here) is { } difference)
        {
            throw new DivergenceException($"The sides differ: {difference}.");
        }

        double rate = _entries / _writing.TotalSeconds;
        screen.Tell(
            string.Create(CultureInfo.InvariantCulture, $"rate: {rate:F0} entries/s, {there.Entries} entries in all"));
        screen.Tell($"verified: {there.Keys.Count} keys, {there.Sequences.Length} sequences identical");
        return ExitCode.Ok;
    }

    private async Task WriteAsync()
    {
        var workload = new DemoWorkload(plan.Seed, primary.LargestValue);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10), time);
        long started = time.GetTimestamp();
        while (!_enough.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            double due = plan.EntriesPerSecond * time.GetElapsedTime(started).TotalSeconds;
            while (_entries < due && !_enough.IsCancellationRequested)
            {
                IReadOnlyList<DemoOperation> operations = workload.Next();
                primary.Write(operations);
                Volatile.Write(ref _entries, _entries + operations.Count);
            }

            primary.Flush();
        }

        _writing = time.GetElapsedTime(started);
    }

    private void Show()
    {
        TimeSpan elapsed = Elapsed;
        double seconds = Math.Min(elapsed.TotalSeconds, plan.Duration.TotalSeconds);
        screen.Show(new DemoFigures(
            elapsed, plan.Duration, primary.LastSequence, primary.Acknowledged, Volatile.Read(ref _entries) / seconds));
    }

    private int Unexpected()
    {
        string what = _replica!.HasEnded ? $"ended with exit code {_replica.ExitCode}" : "makes no progress";
        screen.Tell($"failed: the replica {what}; its last lines were:");
        screen.Tell(_replica.LastLines);
        return _replica.HasEnded && _replica.ExitCode != ExitCode.Ok ? _replica.ExitCode : ExitCode.Internal;
    }
}
