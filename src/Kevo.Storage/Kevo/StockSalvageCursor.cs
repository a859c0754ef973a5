using Kevo.Core;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>Walks a table, leaves damaged blocks out, and reports each of them.</summary>
internal sealed class StockSalvageCursor(TableCursor cursor, Action<string> leaveOut) : IOrderedCursor
{
    public ReadOnlySpan<byte> Key => cursor.Key;

    public ReadOnlySpan<byte> Value => cursor.Value;

    public ulong Sequence => cursor.Sequence;

    public bool IsTombstone => cursor.IsTombstone;

    public bool MoveNext()
    {
        bool leave = false;
        while (true)
        {
            try
            {
                return leave ? cursor.MoveToNextBlock() : cursor.MoveNext();
            }
            catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
            {
                leaveOut(e.Message);
                leave = true;
            }
        }
    }

    public bool Seek(ReadOnlySpan<byte> key) =>
        throw new NotSupportedException("A salvage reads from the beginning to the end.");

    public void Dispose() => cursor.Dispose();
}
