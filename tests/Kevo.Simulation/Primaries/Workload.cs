using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Oracles;

namespace Kevo.Simulation.Primaries;

/// <summary>
/// What clients write: keys from a small range, values of mixed sizes, single writes and transactions.
/// </summary>
internal sealed class Workload(World world)
{
    private readonly int _keys = world.Random.Next(3) switch { 0 => 6, 1 => 40, _ => 200 };
    private readonly int _largeValue = world.Random.Next(4) == 0 ? 6_000 : 300;
    private long _next;

    /// <summary>Values are few, so that two histories have much in common.</summary>
    public bool FewValues { get; init; }

    /// <summary>
    /// Share of values that are empty, which a stock primary logs and does not show; and of values larger than it
    /// takes in a transaction, of which it then leaves a part in its log.
    /// </summary>
    public double OddValueShare { get; init; }

    /// <summary>Share of writes that are transactions of several operations.</summary>
    public double TransactionShare { get; init; } = 0.3;

    /// <summary>Most operations of a transaction.</summary>
    public int TransactionMax { get; init; } = 8;

    /// <summary>What somebody writes next, keys ascending, each once.</summary>
    public Change[] Next()
    {
        int count = world.Chance(TransactionShare) ? world.Random.Next(1, TransactionMax + 1) : 1;
        return Next(count);
    }

    /// <summary>A transaction of at most so many operations.</summary>
    public Change[] Next(int count)
    {
        var changes = new SortedDictionary<int, Change>();
        for (int i = 0; i < count; i++)
        {
            int key = world.Random.Next(_keys);
            changes[key] = NextChange(key);
        }

        return [.. changes.Values];
    }

    private Change NextChange(int number)
    {
        byte[] key = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key-{number:d4}"));
        if (world.Chance(0.2))
        {
            return new Change(Operation.Delete, key, []);
        }

        if (OddValueShare > 0 && world.Chance(OddValueShare))
        {
            return new Change(Operation.Put, key, world.Chance(0.7) ? [] : new byte[40_000]);
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"value-{(FewValues ? ++_next % 2 : ++_next)}.");
        int length =
            !FewValues && world.Chance(0.1) ? world.Random.Next(text.Length, _largeValue) : text.Length;
        byte[] value = new byte[length];
        value.AsSpan().Fill((byte)'x');
        Encoding.ASCII.GetBytes(text, value);
        return new Change(Operation.Put, key, value);
    }
}
