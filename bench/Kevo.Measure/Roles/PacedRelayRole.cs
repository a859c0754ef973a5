using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Kevo.Relay.Writing;

namespace Kevo.Measure.Roles;

/// <summary>
/// A relay whose embedded primary puts at a steady rate. Says <c>port N</c>; at each line <c>RATE SECONDS</c> it puts,
/// and then says <c>last N</c>. A value begins with the timestamp of its put, of the clock all processes share.
/// </summary>
public static class PacedRelayRole
{
    /// <summary>Arguments: directory.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        await using var served = new ServedLog(arguments[0]);
        await served.ServeAsync();
        while (await RoleInput.ReadLineAsync() is { } line && line.Split(' ') is [var rate, var seconds])
        {
            await Task.Factory.StartNew(
                () => Put(
                    served.Primary, int.Parse(rate, CultureInfo.InvariantCulture),
                    double.Parse(seconds, CultureInfo.InvariantCulture)),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            RoleOutput.Say("last", served.Log.Durable.Sequence);
        }

        return 0;
    }

    // As many clients do together: all puts that are due enter the primary, and share a sync. On a thread of its own,
    // which waits for the disk most of the time; the pool's have other work.
    private static void Put(RelayPrimary primary, int rate, double seconds)
    {
        byte[] key = new byte[16];
        byte[] value = new byte[100];
        new Random(20261122).NextBytes(value);
        long started = Stopwatch.GetTimestamp();
        long total = (long)(rate * seconds);
        long sent = 0;
        while (sent < total)
        {
            double elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            long due = Math.Min((long)(elapsed * rate), total);
            if (due == sent)
            {
                Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).Wait();
                continue;
            }

            for (; sent < due; sent++)
            {
                StoreFill.WriteKey(key, sent);
                BinaryPrimitives.WriteInt64LittleEndian(value, Stopwatch.GetTimestamp());
                primary.EnqueuePut(key, value);
            }

            primary.Flush();
        }
    }
}
