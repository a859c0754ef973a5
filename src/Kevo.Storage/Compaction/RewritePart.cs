using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// A stretch of keys of a run to be made: either a table that can stay as it is, or entries to be written.
/// </summary>
internal sealed class RewritePart
{
    /// <summary>The table to keep; null when <see cref="Open"/> is set.</summary>
    public StoredTable? Keep { get; init; }

    /// <summary>Opens the entries, newest version of each key only; null when <see cref="Keep"/> is set.</summary>
    public Func<IOrderedCursor>? Open { get; init; }
}
