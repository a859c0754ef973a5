using Kevo.Storage.Memtable;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <summary>A memtable at one sequence, as merges want it. One thread at a time.</summary>
internal sealed class MemtableEntryCursor(MemoryTable table, ulong sequence) : IOrderedCursor
{
    private readonly MemtableCursor _cursor = table.OpenCursor(sequence);
    private bool _valid;

    public ReadOnlySpan<byte> Key => _valid ? _cursor.Key : default;

    public ReadOnlySpan<byte> Value => _valid ? _cursor.Value : default;

    public ulong Sequence => _valid ? _cursor.Sequence : 0;

    public bool IsTombstone => _valid && _cursor.IsDelete;

    public bool MoveNext() => _valid = _cursor.MoveNext();

    public bool Seek(ReadOnlySpan<byte> key)
    {
        _cursor.Seek(key);
        return _valid = _cursor.MoveNext();
    }

    public void Dispose() => _valid = false;
}
