namespace Kevo.Replica.Configuration;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The candidate with the fewest edits (insert, remove, replace, swap neighbours) from <paramref name="name"/>, or
    /// null when all are further away than a third of its length (at least 2).
    /// </summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int limit = Math.Max(2, name.Length / 3);
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            if (distance <= limit)
            {
                limit = distance - 1;
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>The end of an error's sentence: "; did you mean X?", or a full stop.</summary>
    public static string Hint(string name, IEnumerable<string> candidates, string quote = "") =>
        Find(name, candidates) is { } nearest ? $"; did you mean {quote}{nearest}{quote}?" : ".";

    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (int j = 0; j <= right.Length; j++)
        {
            rows[0, j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                int best = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = best;
            }
        }

        return rows[left.Length, right.Length];
    }
}
