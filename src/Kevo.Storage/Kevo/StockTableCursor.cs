using Kevo.Core;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>Walks a table as a stock scan does: a damaged block silently ends it.</summary>
internal sealed class StockTableCursor(TableCursor cursor) : IOrderedCursor
{
    private bool _ended;

    public ReadOnlySpan<byte> Key => cursor.Key;

    public ReadOnlySpan<byte> Value => cursor.Value;

    public ulong Sequence => cursor.Sequence;

    public bool IsTombstone => cursor.IsTombstone;

    public bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        try
        {
            _ended = !cursor.MoveNext();
        }
        catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
        {
            _ended = true;
        }

        return !_ended;
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        try
        {
            _ended = !cursor.Seek(key);
        }
        catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
        {
            _ended = true;
        }

        return !_ended;
    }

    public void Dispose() => cursor.Dispose();
}
