namespace Kevo.Storage.Memtable;

/// <summary>
/// Walks the keys of a memtable in order as a reader at one sequence sees them, tombstones included. Stable under
/// insertions. One thread at a time; the spans live as long as the log's memory.
/// </summary>
internal sealed class MemtableCursor(MemoryTable table, ulong sequence)
{
    private MemtablePlace _place;
    private ulong _address;
    private bool _started;

    public ReadOnlySpan<byte> Key => EntryBytes.Key(table.EntryAt(_address));

    public ReadOnlySpan<byte> Value => EntryBytes.Value(table.EntryAt(_address));

    public bool IsDelete => EntryBytes.IsDelete(table.EntryAt(_address));

    public ulong Sequence => EntryBytes.Sequence(table.EntryAt(_address));

    /// <summary>
    /// Makes the next <see cref="MoveNext"/> arrive at the first key at or above <paramref name="start"/>.
    /// </summary>
    public void Seek(ReadOnlySpan<byte> start)
    {
        table.Seek(start, sequence, ref _place);
        _started = true;
    }

    public bool MoveNext()
    {
        if (!_started)
        {
            Seek(default);
        }

        _address = table.Next(sequence, ref _place);
        return _address != 0;
    }
}
