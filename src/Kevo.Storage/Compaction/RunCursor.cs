using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Walks neighbouring tables of a run as one sequence, opening each when it gets there. One thread at a time; whoever
/// opened it keeps the tables in use.
/// </summary>
internal sealed class RunCursor(StoredTable[] tables, bool releaseBehind) : IOrderedCursor
{
    private TableCursor? _current;
    private int _next;

    public ReadOnlySpan<byte> Key => _current is null ? default : _current.Key;

    public ReadOnlySpan<byte> Value => _current is null ? default : _current.Value;

    public ulong Sequence => _current?.Sequence ?? 0;

    public bool IsTombstone => _current is not null && _current.IsTombstone;

    public bool MoveNext()
    {
        if (_current is not null && _current.MoveNext())
        {
            return true;
        }

        while (OpenNext())
        {
            if (_current!.MoveNext())
            {
                return true;
            }
        }

        return false;
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        _next = TableOrder.FirstEndingAtOrAfter(tables, key);
        while (OpenNext())
        {
            if (_current!.Seek(key))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose()
    {
        _current?.Dispose();
        _current = null;
        _next = tables.Length;
    }

    private bool OpenNext()
    {
        _current?.Dispose();
        _current = null;
        if (_next == tables.Length)
        {
            return false;
        }

        _current = tables[_next++].Reader.OpenCursor(releaseBehind);
        return true;
    }
}
