using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// Every state a store may be found in: the content at each position since the one that is certain. Plain ordered
/// dictionaries; shares no code with the store.
/// </summary>
internal sealed class StoreHistory
{
    private static readonly IComparer<byte[]> ByBytes =
        Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    private readonly SortedDictionary<LogPosition, ImmutableSortedDictionary<byte[], byte[]>> _states = new()
    {
        [LogPosition.None] = Empty,
    };

    public static ImmutableSortedDictionary<byte[], byte[]> Empty { get; } =
        ImmutableSortedDictionary.Create<byte[], byte[]>(ByBytes);

    /// <summary>The last position written; its content is <see cref="Current"/>.</summary>
    public LogPosition Last { get; private set; }

    /// <summary>What must survive.</summary>
    public LogPosition Acknowledged { get; private set; }

    /// <summary>The content at <see cref="Last"/>.</summary>
    public ImmutableSortedDictionary<byte[], byte[]> Current => _states[Last];

    /// <summary>The content at <see cref="Acknowledged"/>.</summary>
    public ImmutableSortedDictionary<byte[], byte[]> Certain => _states[Acknowledged];

    /// <summary>The content at a position that is not forgotten.</summary>
    public ImmutableSortedDictionary<byte[], byte[]> At(LogPosition position) => _states[position];

    /// <summary>Another epoch may begin with this content.</summary>
    public void Begin(LogPosition start, ImmutableSortedDictionary<byte[], byte[]> content)
    {
        Last = start;
        _states[start] = content;
    }

    /// <summary>A transaction is applied: keys with their values, null for a deletion.</summary>
    public void Apply(IEnumerable<(byte[] Key, byte[]? Value)> operations)
    {
        ImmutableSortedDictionary<byte[], byte[]> content = Current;
        foreach ((byte[] key, byte[]? value) in operations)
        {
            content = value is null ? content.Remove(key) : content.SetItem(key, value);
        }

        Begin(Last.Next, content);
    }

    /// <summary>Everything applied must survive from now on.</summary>
    public void Acknowledge() => Settle(Last);

    /// <summary>What was not acknowledged was taken back.</summary>
    public void Discard() => Settle(Acknowledged);

    /// <summary>Why an opened store is in none of the states it may be in; null when it is in one.</summary>
    public string? FindFault(ReplicaStore store)
    {
        LogPosition position = store.Visible;
        if (position < Acknowledged)
        {
            return $"it is at {position}, but {Acknowledged} was acknowledged";
        }

        if (!_states.TryGetValue(position, out ImmutableSortedDictionary<byte[], byte[]>? content))
        {
            return $"it is at {position}, which was never written; the last is {Last}";
        }

        if (store.Durable != position)
        {
            return $"it shows {position}, but {store.Durable} is durable";
        }

        using ISnapshot snapshot = store.OpenSnapshot();
        return FindDifference(content, snapshot) is { } difference ? $"at {position}, {difference}" : null;
    }

    /// <summary>Where a view differs from what it must show; null when it does not.</summary>
    public static string? FindDifference(ImmutableSortedDictionary<byte[], byte[]> content, ISnapshot view)
    {
        using IEntryCursor cursor = view.Scan(default, default);
        foreach ((byte[] key, byte[] value) in content)
        {
            if (!cursor.MoveNext() || !cursor.Key.SequenceEqual(key) || !cursor.Value.SequenceEqual(value))
            {
                return $"a scan goes wrong at key {Convert.ToHexString(key)}";
            }

            if (!view.TryGet(key, out ReadOnlySpan<byte> found) || !found.SequenceEqual(value))
            {
                return $"a get of key {Convert.ToHexString(key)} goes wrong";
            }
        }

        return cursor.MoveNext() ? $"a scan also shows key {Convert.ToHexString(cursor.Key)}" : null;
    }

    /// <summary>Takes the state found as the certain one; those before and behind it are forgotten.</summary>
    public void Settle(LogPosition found)
    {
        ImmutableSortedDictionary<byte[], byte[]> content = _states[found];
        _states.Clear();
        _states[found] = content;
        Acknowledged = found;
        Last = found;
    }

    /// <summary>A copy, for looking at one crash while the life goes on.</summary>
    public StoreHistory Copy()
    {
        var copy = new StoreHistory { Last = Last, Acknowledged = Acknowledged };
        copy._states.Clear();
        foreach ((LogPosition position, ImmutableSortedDictionary<byte[], byte[]> content) in _states)
        {
            copy._states[position] = content;
        }

        return copy;
    }
}
