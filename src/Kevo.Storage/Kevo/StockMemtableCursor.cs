using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>Walks entries that are sorted in memory.</summary>
internal sealed class StockMemtableCursor(StockVersion[] sorted) : IOrderedCursor
{
    private int _at = -1;

    public ReadOnlySpan<byte> Key => sorted[_at].Key;

    public ReadOnlySpan<byte> Value => sorted[_at].Value;

    public ulong Sequence => sorted[_at].Sequence;

    public bool IsTombstone => sorted[_at].Value is null;

    public bool MoveNext()
    {
        _at = Math.Min(_at + 1, sorted.Length);
        return _at < sorted.Length;
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Key.AsSpan().SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        _at = low;
        return _at < sorted.Length;
    }

    public void Dispose()
    {
    }
}
