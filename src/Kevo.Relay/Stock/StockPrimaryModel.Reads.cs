using Kevo.Wire.Contracts.Client;

namespace Kevo.Relay.Stock;

/// <content>Reads of clients.</content>
public sealed partial class StockPrimaryModel
{
    /// <summary>Looks a key up as the live primary does.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value when present.</param>
    /// <returns>Whether it is present, or null when the call hangs.</returns>
    public bool? TryGet(byte[] key, out byte[]? value)
    {
        value = null;
        return AnswersGet ? _keys.TryGet(key, out value) : null;
    }

    /// <summary>
    /// Live keys and values in order. With a prefix or a suffix both must match and the range is ignored; otherwise
    /// the range is from start (inclusive) to end (exclusive), each open when empty. A limit of 0 or less is none.
    /// </summary>
    /// <returns>The rows, or null when the call hangs.</returns>
    public IReadOnlyList<KeyValuePair<byte[], byte[]>>? Scan(
        ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end,
            int limit)
    {
        if (IsFrozen)
        {
            return null;
        }

        bool byAffix = !prefix.IsEmpty || !suffix.IsEmpty;
        List<KeyValuePair<byte[], byte[]>> rows = byAffix ? _keys.Scan([], []) : _keys.Scan(start, end);
        if (byAffix)
        {
            var matching = new List<KeyValuePair<byte[], byte[]>>();
            foreach (KeyValuePair<byte[], byte[]> row in rows)
            {
                if (row.Key.AsSpan().StartsWith(prefix) && row.Key.AsSpan().EndsWith(suffix))
                {
                    matching.Add(row);
                }
            }

            rows = matching;
        }

        if (limit > 0 && rows.Count > limit)
        {
            rows.RemoveRange(limit, rows.Count - limit);
        }

        return rows;
    }

    /// <summary>The answer to GetStats; null when the call hangs.</summary>
    public GetStatsResponse? GetStats()
    {
        if (IsFrozen)
        {
            return null;
        }

        var stats = new GetStatsResponse
        {
            WriteAmplification = 1.0,
            ReadAmplification = 1.0,
            RecoveryStats = new RecoveryStats(),
        };
        foreach ((byte[] key, byte[] value) in _keys.Scan([], []))
        {
            stats.KeyCount++;
            stats.StorageSize += key.Length + value.Length;
        }

        return stats;
    }
}
