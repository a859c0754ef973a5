using System.Buffers;

namespace Kevo.Storage.Kevo;

/// <summary>
/// The entries of one transaction, copied together in a pooled buffer that is reused from one to the next. Whoever made
/// it disposes it. One thread.
/// </summary>
public sealed class StockTransaction : IDisposable
{
    private const int RetainedLengthMax = 4 << 20;

    private readonly List<(int Offset, int Length)> _entries = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Entries in the transaction.</summary>
    public int Count => _entries.Count;

    /// <summary>The sequence number that all of them carry.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Where its first entry begins.</summary>
    public StockWalPlace Begin { get; private set; }

    /// <summary>Behind its last entry.</summary>
    public StockWalPlace End { get; private set; }

    /// <summary>One of its entries; valid until the transaction is used for the next.</summary>
    public StockEntry this[int index]
    {
        get
        {
            (int offset, int length) = _entries[index];
            StockEntry.TryParse(_bytes.AsSpan(offset, length), out StockEntry entry);
            return entry;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear(0);

    internal void Clear() => Clear(RetainedLengthMax);

    internal void Add(StockEntry entry, StockWalPlace begin, StockWalPlace end)
    {
        if (_entries.Count == 0)
        {
            Begin = begin;
            Sequence = entry.Sequence;
        }

        ReadOnlySpan<byte> payload = entry.Payload;
        if (_bytes.Length - _length < payload.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + payload.Length), 2 * _length));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            Return();
            _bytes = larger;
        }

        payload.CopyTo(_bytes.AsSpan(_length));
        _entries.Add((_length, payload.Length));
        _length += payload.Length;
        End = end;
    }

    private void Clear(int retained)
    {
        if (_bytes.Length > retained)
        {
            Return();
            _bytes = [];
        }

        _entries.Clear();
        _length = 0;
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
