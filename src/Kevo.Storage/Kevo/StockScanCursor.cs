using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>Walks the live keys of an ordered cursor: everything but tombstones.</summary>
internal sealed class StockScanCursor(IOrderedCursor cursor) : IEntryCursor
{
    public ReadOnlySpan<byte> Key => cursor.Key;

    public ReadOnlySpan<byte> Value => cursor.Value;

    public bool MoveNext()
    {
        while (cursor.MoveNext())
        {
            if (!cursor.IsTombstone)
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => cursor.Dispose();
}
