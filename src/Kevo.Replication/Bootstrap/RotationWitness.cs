using System.IO.Hashing;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// What keys held before a stock primary rotated its log and wrote them anew. A restart makes such a primary show the
/// older value again, because its log then has the higher number; that is how going back in time is recognised. Hashes
/// only, bounded in number; used by the loop only.
/// </summary>
internal sealed class RotationWitness
{
    private const int MaxKeys = 100_000;

    private readonly Dictionary<ulong, ulong> _before = [];

    /// <summary>Whether anything is remembered.</summary>
    public bool IsEmpty => _before.Count == 0;

    /// <summary>
    /// The fingerprint of a value, or of its absence. An empty value has that of absence: a stock primary does not show
    /// it before it is started again.
    /// </summary>
    public static ulong HashOf(ReadOnlySpan<byte> value, bool present) =>
        present && !value.IsEmpty ? XxHash3.HashToUInt64(value, seed: 1) : 0;

    /// <summary>
    /// The primary changed a key after its rotation; the first value before that is the one that counts.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="before">Fingerprint of what it would show again.</param>
    public void Remember(ReadOnlySpan<byte> key, ulong before)
    {
        if (_before.Count < MaxKeys)
        {
            _before.TryAdd(XxHash3.HashToUInt64(key), before);
        }
    }

    /// <summary>
    /// How many of the changes bring back what a key held before the rotation; not those that a restart explains.
    /// </summary>
    public int CountReturned(List<ContentChange> changes, HiddenWrites hidden)
    {
        int returned = 0;
        foreach (ContentChange change in changes)
        {
            if (change.IsSeen && !hidden.ComesToLight(in change)
                && _before.TryGetValue(XxHash3.HashToUInt64(change.Key), out ulong before) && before == change.After)
            {
                returned++;
            }
        }

        return returned;
    }

    /// <summary>Forgets everything: the primary's history is taken as it is from here on.</summary>
    public void Clear() => _before.Clear();
}
