using System.IO.Hashing;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Live writes that a stock primary sends and does not show: an earlier transaction hides them until its restart. A
/// walk that shows of a key what a walk of the same stream showed before, although something came live in between, has
/// met one; it takes the content back to what the primary shows, and the restart brings the write to light. Neither is
/// a rotation, nor does the primary go back in time. Fingerprints only, bounded in number; used by the loop only.
/// </summary>
/// <remarks>
/// Only a walk that changed a key here tells what the primary showed of it; a write hidden by a transaction that no
/// walk had to bring stays unknown. And a primary that rotated its log and wrote again what it showed before looks the
/// same; only a later live write excludes that, so what is hidden is suspected until then.
/// </remarks>
internal sealed class HiddenWrites
{
    private const int MaxKeys = 100_000;

    private readonly Dictionary<ulong, ulong> _shown = [];
    private readonly Dictionary<ulong, (ulong Hidden, ulong Shown)> _suspected = [];
    private readonly Dictionary<ulong, (ulong Hidden, ulong Shown)> _hidden = [];

    /// <summary>
    /// A stream was opened, perhaps at a primary that was started again: what it shows now is something new.
    /// </summary>
    public void BeginStream()
    {
        _shown.Clear();
        _suspected.Clear();
    }

    /// <summary>A live write came: the primary has not rotated its log, so what was suspected is so.</summary>
    public void Confirm()
    {
        foreach ((ulong key, (ulong Hidden, ulong Shown) write) in _suspected)
        {
            if (_hidden.Count < MaxKeys || _hidden.ContainsKey(key))
            {
                _hidden[key] = write;
            }
        }

        _suspected.Clear();
    }

    /// <summary>Whether the walk shows again what one of this stream showed of the key before.</summary>
    public bool IsShownAgain(in ContentChange change) =>
        _shown.TryGetValue(KeyOf(in change), out ulong shown) && shown == change.After;

    /// <summary>Whether the walk shows what was hidden when the value that is held was taken over.</summary>
    public bool ComesToLight(in ContentChange change) =>
        _hidden.TryGetValue(KeyOf(in change), out (ulong Hidden, ulong Shown) write)
        && write == (change.After, change.Before);

    /// <summary>
    /// Fingerprint of what the key shows after a restart that undoes the change: what is held, or what is hidden behind
    /// it.
    /// </summary>
    public ulong BehindOf(in ContentChange change) =>
        _hidden.TryGetValue(KeyOf(in change), out (ulong Hidden, ulong Shown) write) && write.Shown == change.Before
            ? write.Hidden
            : change.Before;

    /// <summary>The change is made here.</summary>
    public void Take(in ContentChange change)
    {
        ulong key = KeyOf(in change);
        bool again = IsShownAgain(in change);
        _hidden.Remove(key);
        _suspected.Remove(key);
        if (again && _suspected.Count < MaxKeys)
        {
            _suspected.Add(key, (change.Before, change.After));
        }

        if (again || _shown.Count < MaxKeys)
        {
            _shown[key] = change.After;
        }
    }

    /// <summary>Forgets everything: the whole content was replaced.</summary>
    public void Clear()
    {
        BeginStream();
        _hidden.Clear();
    }

    private static ulong KeyOf(in ContentChange change) => XxHash3.HashToUInt64(change.Key);
}
