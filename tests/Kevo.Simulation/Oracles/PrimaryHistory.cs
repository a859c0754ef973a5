using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Simulation.Engine;
using Kevo.Storage;
using Kevo.Testing;

namespace Kevo.Simulation.Oracles;

/// <summary>
/// What a primary committed, transaction by transaction, kept apart from all code under test: the truth that a node is
/// compared with.
/// </summary>
internal sealed class PrimaryHistory
{
    private readonly List<Change[]> _transactions = [];
    private readonly List<ImmutableSortedDictionary<byte[], byte[]>> _contents =
        [ImmutableSortedDictionary.Create<byte[], byte[]>(ByteOrder.Instance)];

    /// <summary>The last number; 0 while nothing was committed.</summary>
    public ulong Last => (ulong)_transactions.Count;

    /// <summary>Adds the next transaction.</summary>
    public void Commit(Change[] changes)
    {
        ImmutableSortedDictionary<byte[], byte[]> content = _contents[^1];
        foreach (Change change in changes)
        {
            content = change.Operation == Operation.Delete
                ? content.Remove(change.Key)
                : content.SetItem(change.Key, change.Value);
        }

        _transactions.Add(changes);
        _contents.Add(content);
    }

    /// <summary>The primary lost everything behind a number.</summary>
    public void CutAfter(ulong sequence)
    {
        _transactions.RemoveRange((int)sequence, _transactions.Count - (int)sequence);
        _contents.RemoveRange((int)sequence + 1, _contents.Count - (int)sequence - 1);
    }

    /// <summary>The changes of a transaction.</summary>
    public Change[] this[ulong sequence] => _transactions[(int)sequence - 1];

    /// <summary>The content after a transaction; after none for 0.</summary>
    public ImmutableSortedDictionary<byte[], byte[]> ContentAt(ulong sequence) => _contents[(int)sequence];

    /// <summary>Compares a view with the content at its position.</summary>
    public void CheckContent(World world, ISnapshot snapshot, string where)
    {
        ulong sequence = snapshot.Position.Sequence;
        if (sequence > Last)
        {
            throw world.Fail($"{where} shows {snapshot.Position}, but the primary committed only {Last}.");
        }

        using IEntryCursor rows = snapshot.Scan(default, default);
        foreach ((byte[] key, byte[] value) in ContentAt(sequence))
        {
            if (!rows.MoveNext())
            {
                throw world.Fail($"{where} at {snapshot.Position} lacks key {Text(key)} and all behind it.");
            }

            if (!rows.Key.SequenceEqual(key) || !rows.Value.SequenceEqual(value))
            {
                throw world.Fail(
                    $"{where} at {snapshot.Position} has {Text(rows.Key)} = {Text(rows.Value)} where the primary has "
                    + $"{Text(key)} = {Text(value)}.");
            }
        }

        if (rows.MoveNext())
        {
            throw world.Fail($"{where} at {snapshot.Position} has key {Text(rows.Key)}, which the primary has not.");
        }
    }

    /// <summary>Compares the durable log behind a position with what was committed.</summary>
    /// <returns>The last position compared.</returns>
    public LogPosition CheckLog(World world, ILogSource log, LogPosition after, string where)
    {
        LogPosition durable = log.Durable;
        if (durable.Sequence > Last)
        {
            throw world.Fail($"{where} holds {durable}, but the primary committed only {Last}.");
        }

        if (durable <= after || log.First == LogPosition.None)
        {
            return durable;
        }

        LogPosition from = after.Epoch != durable.Epoch || after.Next < log.First ? log.First : after.Next;
        using ILogCursor cursor = log.OpenCursor(from);
        ulong sequence = from.Sequence - 1;
        int expected = 0;
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                if (entry.Sequence < from.Sequence)
                {
                    continue;
                }

                if (entry.Sequence != sequence)
                {
                    RequireWhole(world, sequence, expected, from.Sequence, where);
                    if (entry.Sequence != sequence + 1)
                    {
                        throw world.Fail($"{where}: after {sequence} its log goes on with {entry.Sequence}.");
                    }

                    sequence = entry.Sequence;
                    expected = 0;
                }

                RequireEqual(world, in entry, expected++, where);
            }
        }

        RequireWhole(world, sequence, expected, from.Sequence, where);
        if (sequence != durable.Sequence)
        {
            throw world.Fail($"{where}: its log says {durable} is durable, but ends at {sequence}.");
        }

        return durable;
    }

    /// <summary>Printable.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 24
            ? $"{System.Text.Encoding.ASCII.GetString(bytes[..24])}... ({bytes.Length} bytes)"
            : System.Text.Encoding.ASCII.GetString(bytes);

    private void RequireEqual(World world, in WalEntry entry, int index, string where)
    {
        Change[] changes = entry.Sequence <= Last ? this[entry.Sequence] : [];
        bool equal = index < changes.Length
            && changes[index].Operation == entry.Operation
            && entry.Key.SequenceEqual(changes[index].Key)
            && entry.Value.SequenceEqual(changes[index].Value);
        if (!equal)
        {
            throw world.Fail(
                $"{where}: operation {index} of transaction {entry.Sequence} ({entry.Operation} {Text(entry.Key)}) is "
                + $"not the primary's.");
        }
    }

    private void RequireWhole(World world, ulong sequence, int count, ulong from, string where)
    {
        if (sequence >= from && count != this[sequence].Length)
        {
            throw world.Fail(
                $"{where}: transaction {sequence} has {count} operations of {this[sequence].Length}: it is torn.");
        }
    }
}
