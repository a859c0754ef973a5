using System.Globalization;
using System.Text;
using Kevo.Core;

namespace Kevo.Replica.Demo;

/// <summary>
/// What the embedded primary is told to write: puts, deletes, transactions of 2 to 40 operations, and now and then a
/// large value. The same seed gives the same sequence of transactions.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="largestValue">Bytes of the largest value.</param>
internal sealed class DemoWorkload(int seed, int largestValue)
{
    private const int KeyCount = 20_000;
    private const int LargestTransaction = 40;
    private readonly Random _random = new(seed);
    private readonly SortedDictionary<int, DemoOperation> _transaction = [];

    /// <summary>The operations of the next transaction, in the order of their keys, each key once.</summary>
    public IReadOnlyList<DemoOperation> Next()
    {
        int choice = _random.Next(2000);
        return choice switch
        {
            0 => [Put(RandomKey(), _random.Next(largestValue / 4, largestValue))],
            < 300 => [new DemoOperation(Operation.Delete, NameOf(RandomKey()), [])],
            < 500 => Transaction(),
            _ => [Put(RandomKey(), _random.Next(200))],
        };
    }

    private IReadOnlyList<DemoOperation> Transaction()
    {
        _transaction.Clear();
        for (int count = _random.Next(2, LargestTransaction + 1); count > 0; count--)
        {
            int key = RandomKey();
            _transaction[key] = _random.Next(5) == 0
                ? new DemoOperation(Operation.Delete, NameOf(key), [])
                : Put(key, _random.Next(200));
        }

        return [.. _transaction.Values];
    }

    private DemoOperation Put(int key, int length)
    {
        var value = new byte[length];

        // Half noise, half repetition, so that compression has something to do and something to fail at.
        _random.NextBytes(value.AsSpan(0, length / 2));
        value.AsSpan(length / 2).Fill((byte)key);
        return new DemoOperation(Operation.Put, NameOf(key), value);
    }

    // The square makes some keys frequent and most rare.
    private int RandomKey()
    {
        double place = _random.NextDouble();
        return (int)(place * place * KeyCount);
    }

    private static byte[] NameOf(int key) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key-{key:D6}"));
}
