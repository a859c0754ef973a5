using System.Buffers.Binary;
using System.Globalization;
using Kevo.Relay.Writing;

namespace Kevo.Measure.Roles;

/// <summary>
/// A relay that holds a given history and serves it: fills a log, says <c>last N</c> and <c>port N</c>, answers each
/// line <c>cpu</c> with <c>cpu_seconds N</c>, and serves until its input ends.
/// </summary>
public static class RelayRole
{
    private const string RandomOrder = "random:";

    /// <summary>Arguments: directory, entries, value size, <c>sequential</c> or <c>random:DISTINCT</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long entries = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        string order = arguments[3];
        await using var served = new ServedLog(arguments[0]);
        Fill(served.Primary, entries, valueSize, order);
        RoleOutput.Say("last", served.Log.Durable.Sequence);
        await served.ServeAsync();
        while (await RoleInput.ReadLineAsync() == "cpu")
        {
            RoleOutput.Say("cpu_seconds", Environment.CpuUsage.TotalTime.TotalSeconds);
        }

        return 0;
    }

    /// <summary>Puts with keys <c>key-%012d</c> and values of the given size; durable when it returns.</summary>
    public static void Fill(RelayPrimary primary, long entries, int valueSize, string order)
    {
        if (!TryReadOrder(order, out long distinct))
        {
            throw new ArgumentException($"There is no order of keys '{order}'.", nameof(order));
        }

        var random = new Random(20261122);
        byte[] key = new byte[16];
        byte[] value = new byte[valueSize];
        FillValue(random, value);
        for (long i = 0; i < entries; i++)
        {
            StoreFill.WriteKey(key, distinct > 0 ? random.NextInt64(distinct) : i);
            if (valueSize >= sizeof(long))
            {
                BinaryPrimitives.WriteInt64LittleEndian(value, i);
            }

            primary.EnqueuePut(key, value);
        }

        primary.Flush();
    }

    /// <summary>Reads <c>sequential</c>, which is 0 distinct keys, or <c>random:DISTINCT</c>.</summary>
    public static bool TryReadOrder(string order, out long distinct)
    {
        distinct = 0;
        return order == "sequential"
            || (order.StartsWith(RandomOrder, StringComparison.Ordinal)
                && long.TryParse(
                    order.AsSpan(RandomOrder.Length), NumberStyles.None, CultureInfo.InvariantCulture, out distinct)
                && distinct > 0);
    }

    // Runs of 16 bytes out of four: each codec finds something to save, and there is something left to carry.
    private static void FillValue(Random random, Span<byte> value)
    {
        const int Run = 16;
        Span<byte> runs = stackalloc byte[4 * Run];
        random.NextBytes(runs);
        while (!value.IsEmpty)
        {
            int length = Math.Min(Run, value.Length);
            runs.Slice(random.Next(4) * Run, length).CopyTo(value);
            value = value[length..];
        }
    }
}
