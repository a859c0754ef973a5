using System.Globalization;

namespace Kevo.Storage.Kevo;

/// <summary>What the name of a stock table says: level, number and creation time. Stock shadows by name only.</summary>
/// <param name="Level">0 for a flush, the target level for a compaction.</param>
/// <param name="Number">Counts from 1 in every process, so it orders nothing across restarts.</param>
/// <param name="CreatedUnixNanoseconds">When it was written; the best hint at its age.</param>
public readonly record struct StockTableName(int Level, int Number, ulong CreatedUnixNanoseconds)
{
    /// <summary>Reads the form <c>LEVEL_NNNNNN_NANOSECONDS.sst</c> from a name without directory.</summary>
    public static bool TryParse(string name, out StockTableName parsed)
    {
        parsed = default;
        ArgumentNullException.ThrowIfNull(name);
        if (!name.EndsWith(Tables.TableFiles.TableExtension, StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = name[..^Tables.TableFiles.TableExtension.Length].Split('_');
        if (parts.Length != 3
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int level)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || !ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong created))
        {
            return false;
        }

        parsed = new StockTableName(level, number, created);
        return true;
    }

    /// <summary>
    /// Orders tables by age, oldest first: by creation time, on a tie the deeper level first. Tables with other names
    /// that sort before stock's own are the oldest, the rest the newest, each by name; that is also how stock shadows
    /// them.
    /// </summary>
    public static IReadOnlyList<string> OldestFirst(IReadOnlyList<string> pathsByName)
    {
        ArgumentNullException.ThrowIfNull(pathsByName);
        var keyed = new List<(int Group, ulong Created, int Level, int Place, string Path)>(pathsByName.Count);
        for (int i = 0; i < pathsByName.Count; i++)
        {
            string name = Path.GetFileName(pathsByName[i]);
            if (TryParse(name, out StockTableName parsed))
            {
                keyed.Add((1, parsed.CreatedUnixNanoseconds, -parsed.Level, i, pathsByName[i]));
            }
            else
            {
                keyed.Add((string.CompareOrdinal(name, "0") < 0 ? 0 : 2, 0, 0, i, pathsByName[i]));
            }
        }

        keyed.Sort((left, right) =>
            (left.Group, left.Created, left.Level, left.Place)
                .CompareTo((right.Group, right.Created, right.Level, right.Place)));
        return keyed.ConvertAll(item => item.Path);
    }
}
