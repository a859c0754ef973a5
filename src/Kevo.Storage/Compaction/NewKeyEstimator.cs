using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Estimates how many live keys a flush adds to the runs below it by asking their filters about a sample. A deleted key
/// that an older filter still knows counts as living, so much deleting and writing anew makes the estimate too low
/// until a merge.
/// </summary>
internal sealed class NewKeyEstimator(IReadOnlyList<SortedRun> olderRuns)
{
    // Each sample costs a cache miss per run; 64 keep that far below the cost of writing the entries.
    private const int SampleEvery = 64;

    private long _observed;
    private long _sampledNew;

    /// <summary>New keys less deleted ones among all that were observed.</summary>
    public long NewKeys => olderRuns.Count == 0
        ? _sampledNew
        : Math.Clamp(_sampledNew * SampleEvery, -_observed, _observed);

    /// <summary>Counts an entry of the flush.</summary>
    public void Observe(ReadOnlySpan<byte> key, bool isTombstone)
    {
        if (olderRuns.Count == 0)
        {
            _sampledNew += isTombstone ? 0 : 1;
            return;
        }

        if (_observed++ % SampleEvery == 0)
        {
            bool known = IsKnown(key);
            _sampledNew += isTombstone ? (known ? -1 : 0) : (known ? 0 : 1);
        }
    }

    private bool IsKnown(ReadOnlySpan<byte> key)
    {
        ulong hash = TableFilter.Hash(key);
        for (int i = 0; i < olderRuns.Count; i++)
        {
            if (olderRuns[i].MayContain(key, hash))
            {
                return true;
            }
        }

        return false;
    }
}
