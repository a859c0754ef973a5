using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Reads one logical entry, whole or in fragments, at a given offset of a stock WAL file, and finds the next one behind
/// damage. Owns its window. One thread.
/// </summary>
internal sealed class StockEntryScanner(StockFileWindow window) : IDisposable
{
    // Far above what any stock client can write; a chain of fragments beyond it is damage, not an entry.
    private const int AssembledLengthMax = 1 << 30;

    private byte[] _assembled = [];
    private int _assembledLength;
    private int _wholeLength;
    private long _payloadOffset;
    private int _payloadLength;
    private bool _isAssembled;

    /// <summary>
    /// Most bytes kept of an entry in parts. A longer one is read to its end and checked, but given out cut to this
    /// length, with its own lengths set accordingly: for a reader to whom it is too long anyway.
    /// </summary>
    public int KeptLengthMax { get; set; } = AssembledLengthMax;

    /// <summary>The file being read.</summary>
    public StockFileWindow Window => window;

    /// <summary>After <see cref="StockScanResult.Entry"/>: the entry's bytes, valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload =>
        _isAssembled ? _assembled.AsSpan(0, _assembledLength) : window.Peek(_payloadOffset, _payloadLength);

    /// <summary>
    /// The offset behind the entry; after damage the place where the damaged record says that it ends.
    /// </summary>
    public long End { get; private set; }

    /// <summary>How many records the entry takes.</summary>
    public int RecordCount { get; private set; }

    /// <summary>
    /// After <see cref="StockScanResult.Damaged"/>: what is wrong. After an entry: WrongType if it was repaired.
    /// </summary>
    public StockDamageKind? Fault { get; private set; }

    /// <summary>Reads the entry that begins at <paramref name="offset"/>.</summary>
    public StockScanResult Read(long offset)
    {
        _isAssembled = false;
        RecordCount = 0;
        Fault = null;
        StockScanResult result = ReadRecord(offset, out StockRecordType type);
        if (result != StockScanResult.Entry)
        {
            return result;
        }

        RecordCount = 1;
        return type switch
        {
            StockRecordType.Full =>
                StockEntry.TryParse(Payload, out _) ? StockScanResult.Entry : Bad(StockDamageKind.NoEntry),
            StockRecordType.First => ReadFragments(),
            _ => Bad(StockDamageKind.StrayFragment),
        };
    }

    /// <summary>Whether the damage is in what records say together; each of them has the right checksum.</summary>
    public bool RecordIsSound =>
        Fault is StockDamageKind.NoEntry or StockDamageKind.UnfinishedEntry or StockDamageKind.StrayFragment;

    /// <summary>
    /// Looks for the place to go on behind a bad record at <paramref name="offset"/>. Where the record itself says that
    /// it ends is tried first, so that bytes of a value are not taken for records without need.
    /// </summary>
    /// <returns>The offset of an entry or of a sound record, or the end of the file.</returns>
    public long FindEntryBehind(long offset, long recordEnd)
    {
        if (recordEnd > offset)
        {
            StockScanResult there = Read(recordEnd);
            if (there is StockScanResult.Entry or StockScanResult.End || RecordIsSound)
            {
                return recordEnd;
            }
        }

        for (long at = offset + 1; at < window.Length; at++)
        {
            ReadOnlySpan<byte> ahead = window.Peek(at, StockWalFormat.HeaderLength + StockWalFormat.EntryFixedLength);
            if (ahead.Length < StockWalFormat.HeaderLength + StockWalFormat.EntryFixedLength)
            {
                break;
            }

            if (ahead[6] == 0)
            {
                at = SkipZeros(at);
            }
            else if (MayBeginEntry(ahead) && Read(at) == StockScanResult.Entry)
            {
                return at;
            }
        }

        return window.Length;
    }

    /// <summary>Whether every byte from <paramref name="offset"/> to the end of the file is zero.</summary>
    public bool IsZeroFrom(long offset)
    {
        while (offset < window.Length)
        {
            ReadOnlySpan<byte> bytes = window.Peek(offset, int.MaxValue);
            if (bytes.IsEmpty || bytes.ContainsAnyExcept((byte)0))
            {
                return bytes.IsEmpty;
            }

            offset += bytes.Length;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_assembled.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_assembled);
        }

        _assembled = [];
        window.Dispose();
    }

    private StockScanResult Bad(StockDamageKind kind)
    {
        Fault = kind;
        return StockScanResult.Damaged;
    }

    /// <summary>Reads one record; Entry means that its payload has the right checksum.</summary>
    private StockScanResult ReadRecord(long offset, out StockRecordType type)
    {
        type = StockRecordType.None;
        End = offset;
        ReadOnlySpan<byte> header = window.Peek(offset, StockWalFormat.HeaderLength);
        if (header.Length < StockWalFormat.HeaderLength)
        {
            return header.IsEmpty ? StockScanResult.End : StockScanResult.Torn;
        }

        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(header);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        type = (StockRecordType)header[6];
        if (type is < StockRecordType.Full or > StockRecordType.Last)
        {
            return Bad(StockDamageKind.UnknownType);
        }

        ReadOnlySpan<byte> payload = window.Peek(offset + StockWalFormat.HeaderLength, length);
        if (payload.Length < length)
        {
            return StockScanResult.Torn;
        }

        End = offset + StockWalFormat.HeaderLength + length;
        _payloadOffset = offset + StockWalFormat.HeaderLength;
        _payloadLength = length;
        return Crc32.HashToUInt32(payload) == checksum ? StockScanResult.Entry : Bad(StockDamageKind.Checksum);
    }

    private StockScanResult ReadFragments()
    {
        _assembledLength = 0;
        _wholeLength = 0;
        Assemble();
        long afterFirst = End;
        while (true)
        {
            long at = End;
            StockScanResult result = ReadRecord(at, out StockRecordType type);
            if (result is StockScanResult.End or StockScanResult.Torn)
            {
                return RepairedFirst(afterFirst) ? StockScanResult.Entry : StockScanResult.Torn;
            }

            if (result == StockScanResult.Damaged || type is StockRecordType.Full or StockRecordType.First
                || _wholeLength > AssembledLengthMax - _payloadLength)
            {
                // What follows is judged on its own; only the parts before it are lost.
                End = at;
                return RepairedFirst(afterFirst) ? StockScanResult.Entry : Bad(StockDamageKind.UnfinishedEntry);
            }

            Assemble();
            RecordCount++;
            if (type == StockRecordType.Last)
            {
                _isAssembled = true;
                bool sound = _wholeLength == _assembledLength || TryShorten();
                return sound && StockEntry.TryParse(Payload, out _)
                    ? StockScanResult.Entry
                    : Bad(StockDamageKind.NoEntry);
            }
        }
    }

    /// <summary>
    /// The type byte is not covered by the checksum. A first part never holds value bytes and never a whole entry, so a
    /// lone one that does is a whole record whose type byte was damaged.
    /// </summary>
    private bool RepairedFirst(long afterFirst)
    {
        if (RecordCount != 1
            || !StockEntry.TryParse(_assembled.AsSpan(0, _assembledLength), out StockEntry entry)
            || entry.Payload.Length != _assembledLength)
        {
            return false;
        }

        _isAssembled = true;
        End = afterFirst;
        Fault = StockDamageKind.WrongType;
        return true;
    }

    private void Assemble()
    {
        _wholeLength += _payloadLength;
        int kept = Math.Min(_payloadLength, KeptLengthMax - _assembledLength);
        int length = _assembledLength + kept;
        if (_assembled.Length < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, 2 * _assembled.Length));
            _assembled.AsSpan(0, _assembledLength).CopyTo(larger);
            if (_assembled.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_assembled);
            }

            _assembled = larger;
        }

        window.Peek(_payloadOffset, kept).CopyTo(_assembled.AsSpan(_assembledLength));
        _assembledLength = length;
    }

    /// <summary>
    /// Makes an entry of the kept bytes of a longer one: same operation and number, a shorter value, or, when even the
    /// key is too long, a shorter key. False when its own lengths do not add up.
    /// </summary>
    private bool TryShorten()
    {
        const int lengthField = sizeof(uint);
        Span<byte> bytes = _assembled.AsSpan(0, _assembledLength);
        bool isDelete = bytes[0] == (byte)Core.Operation.Delete;
        Span<byte> keyLength = bytes[(StockWalFormat.EntryFixedLength - lengthField)..];
        long keyEnd = StockWalFormat.EntryFixedLength + (long)BinaryPrimitives.ReadUInt32LittleEndian(keyLength);
        int keptKeyEnd = (int)Math.Min(keyEnd, _assembledLength - (isDelete ? 0 : lengthField));
        if (keptKeyEnd == keyEnd && !isDelete)
        {
            long valueLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[keptKeyEnd..]);
            if (keyEnd + lengthField + valueLength != _wholeLength)
            {
                return false;
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(keyLength, (uint)(keptKeyEnd - StockWalFormat.EntryFixedLength));
        if (!isDelete)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(
                bytes[keptKeyEnd..], (uint)(_assembledLength - keptKeyEnd - lengthField));
        }

        return true;
    }

    /// <summary>
    /// A cheap look at twenty bytes, before any checksum is computed: only forms that stock writes pass.
    /// </summary>
    private static bool MayBeginEntry(ReadOnlySpan<byte> ahead)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(ahead[4..]);
        byte operation = ahead[StockWalFormat.HeaderLength];
        uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(ahead[(StockWalFormat.HeaderLength + 9)..]);
        if (operation is < 1 or > 3 || length < StockWalFormat.EntryFixedLength)
        {
            return false;
        }

        return (StockRecordType)ahead[6] switch
        {
            StockRecordType.Full => keyLength <= (uint)(length - StockWalFormat.EntryFixedLength),
            StockRecordType.First =>
                length == StockWalFormat.EntryFixedLength + Math.Min(keyLength, StockWalFormat.FirstKeyLengthMax),
            _ => false,
        };
    }

    /// <summary>Within zeros no record begins before the last six of them; returns the place to go on behind.</summary>
    private long SkipZeros(long offset)
    {
        ReadOnlySpan<byte> bytes = window.Peek(offset, int.MaxValue);
        int zeros = bytes.IndexOfAnyExcept((byte)0);
        zeros = zeros < 0 ? bytes.Length : zeros;
        return offset + Math.Max(0, zeros - StockWalFormat.HeaderLength);
    }
}
