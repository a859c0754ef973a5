using System.IO.Hashing;
using Kevo.Storage;
using Rows = System.Collections.Immutable.ImmutableSortedDictionary<byte[], byte[]>;

namespace Kevo.Simulation.Oracles;

/// <summary>
/// Every content a primary ever had, in order of time, by a hash over all rows. A primary that goes back in time gets
/// another content behind the others.
/// </summary>
internal sealed class Timeline
{
    private readonly Dictionary<ulong, List<int>> _places = [];
    private readonly List<(ulong Hash, Rows? Shown, Rows? Logged)> _contents = [];

    /// <summary>Contents so far.</summary>
    public int Count => _contents.Count;

    /// <summary>Whether it ever showed something else than its log said.</summary>
    public bool Disagreed { get; private set; }

    /// <summary>The hash of a view's rows.</summary>
    public static ulong HashOf(ISnapshot snapshot)
    {
        ulong hash = 0;
        using IEntryCursor rows = snapshot.Scan(default, default);
        while (rows.MoveNext())
        {
            hash += HashOf(rows.Key, rows.Value);
        }

        return hash;
    }

    /// <summary>Adds what the primary shows now, unless it is what it showed before.</summary>
    /// <param name="shown">What its clients see.</param>
    /// <param name="logged">
    /// What its log says; null when that cannot be anything else. Where it is, a follower may have either, for each
    /// key: live writes come as they are logged, and a walk copies what is shown.
    /// </param>
    public void Add(IReadOnlyList<KeyValuePair<byte[], byte[]>> shown, Rows? logged = null)
    {
        ulong hash = HashOf(shown);
        bool agree = logged is null || hash == HashOf(logged);
        if (agree && Count > 0 && _contents[^1] is { Logged: null } latest && latest.Hash == hash)
        {
            return;
        }

        Disagreed |= !agree;
        if (!_places.TryGetValue(hash, out List<int>? places))
        {
            places = [];
            _places.Add(hash, places);
        }

        places.Add(Count);
        _contents.Add(agree ? (hash, null, null) : (hash, logged!.Clear().AddRange(shown), logged));
    }

    /// <summary>
    /// The first place of a view's content that is not before another; -1 when the primary never had it.
    /// </summary>
    public int Find(ISnapshot view, ulong hash, int from)
    {
        if (!Disagreed)
        {
            return _places.TryGetValue(hash, out List<int>? places)
                && places.Exists(place => place >= from)
                ? places.Find(place => place >= from)
                : -1;
        }

        for (int place = from; place < Count; place++)
        {
            if (IsAt(view, hash, place))
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>Whether a view has the content of now.</summary>
    public bool IsLatest(ISnapshot view) => Count > 0 && IsAt(view, HashOf(view), Count - 1);

    private bool IsAt(ISnapshot view, ulong hash, int place) =>
        _contents[place].Hash == hash
        || (_contents[place] is { Shown: { } shown, Logged: { } logged } && IsMixture(view, shown, logged));

    // Of every key the value, or its absence, is that of one of the two.
    private static bool IsMixture(ISnapshot view, Rows shown, Rows logged)
    {
        Rows held = Rows.Empty.WithComparers(shown.KeyComparer);
        using (IEntryCursor rows = view.Scan(default, default))
        {
            while (rows.MoveNext())
            {
                held = held.Add(rows.Key.ToArray(), rows.Value.ToArray());
            }
        }

        return held.Keys.Concat(shown.Keys).Concat(logged.Keys)
            .All(key => Same(held, shown, key) || Same(held, logged, key));
    }

    private static bool Same(Rows one, Rows other, byte[] key) =>
        one.TryGetValue(key, out byte[]? value)
            ? other.TryGetValue(key, out byte[]? there) && value.AsSpan().SequenceEqual(there)
            : !other.ContainsKey(key);

    private static ulong HashOf(IEnumerable<KeyValuePair<byte[], byte[]>> rows)
    {
        ulong hash = 0;
        foreach ((byte[] key, byte[] value) in rows)
        {
            hash += HashOf(key, value);
        }

        return hash;
    }

    private static ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        XxHash3.HashToUInt64(value, (long)XxHash3.HashToUInt64(key));
}
