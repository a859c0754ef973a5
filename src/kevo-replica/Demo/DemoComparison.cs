namespace Kevo.Replica.Demo;

/// <summary>Compares both sides.</summary>
internal static class DemoComparison
{
    /// <summary>Finds the first difference between two histories.</summary>
    /// <returns>Null when there is none; else where they differ, as a sentence.</returns>
    public static string? FindDifference(DemoHistory primary, DemoHistory replica)
    {
        if (primary.First != replica.First || primary.Last != replica.Last)
        {
            return $"the primary holds sequences {primary.First} to {primary.Last}, "
                + $"the replica {replica.First} to {replica.Last}";
        }

        int same = primary.Sequences.CommonPrefixLength(replica.Sequences);
        if (same < primary.Sequences.Length)
        {
            return $"sequence {primary.First + (ulong)same} differs";
        }

        foreach ((string key, ulong checksum) in primary.Keys)
        {
            if (!replica.Keys.TryGetValue(key, out ulong held))
            {
                return $"the replica lacks key {key}";
            }

            if (held != checksum)
            {
                return $"the value of key {key} differs";
            }
        }

        return replica.Keys.Keys.FirstOrDefault(key => !primary.Keys.ContainsKey(key)) is { } surplus
            ? $"the replica holds key {surplus}, which the primary lacks"
            : null;
    }
}
