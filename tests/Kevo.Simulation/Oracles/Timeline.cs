using System.IO.Hashing;
using Kevo.Storage;

namespace Kevo.Simulation.Oracles;

/// <summary>
/// Every content a primary ever had, in order of time, by a hash over all rows. A primary that goes back in time gets
/// another content behind the others.
/// </summary>
internal sealed class Timeline
{
    private readonly Dictionary<ulong, List<int>> _places = [];
    private ulong _latest;

    /// <summary>Contents so far.</summary>
    public int Count { get; private set; }

    /// <summary>The content now.</summary>
    public ulong Latest => _latest;

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
    public void Add(IReadOnlyList<KeyValuePair<byte[], byte[]>> rows)
    {
        ulong hash = 0;
        foreach ((byte[] key, byte[] value) in rows)
        {
            hash += HashOf(key, value);
        }

        if (Count > 0 && hash == _latest)
        {
            return;
        }

        _latest = hash;
        if (!_places.TryGetValue(hash, out List<int>? places))
        {
            places = [];
            _places.Add(hash, places);
        }

        places.Add(Count++);
    }

    /// <summary>The first place of a content that is not before another; -1 when the primary never showed it.</summary>
    public int Find(ulong hash, int from)
    {
        if (_places.TryGetValue(hash, out List<int>? places))
        {
            foreach (int place in places)
            {
                if (place >= from)
                {
                    return place;
                }
            }
        }

        return -1;
    }

    private static ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        XxHash3.HashToUInt64(value, (long)XxHash3.HashToUInt64(key));
}
