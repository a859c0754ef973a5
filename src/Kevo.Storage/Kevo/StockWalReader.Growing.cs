using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <content>Reading a file while stock writes it.</content>
public sealed partial class StockWalReader
{
    /// <summary>Bytes of a record up to and including its entry's sequence.</summary>
    private const int NumberedLength = StockWalFormat.HeaderLength + 1 + sizeof(ulong);

    /// <summary>
    /// Whether the file may still grow. Then an entry that is cut off by the end of the file is not damage: it is
    /// waited for.
    /// </summary>
    public bool IsGrowing { get; private set; }

    /// <summary>
    /// After <see cref="MoveNext"/> returned false: whether bytes are left that are no whole entry yet.
    /// </summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Where the next entry will be looked for.</summary>
    public long NextOffset => _next;

    /// <summary>
    /// When the bytes left out before the current entry are a record that was cut off by a crash and written over, the
    /// sequence it carries; else null. It tells a batch that was never finished from one that was damaged later.
    /// </summary>
    public ulong? CutSequence { get; private set; }

    /// <summary>
    /// Opens a file that stock may be appending to; see <see cref="Refresh"/> and <see cref="Finish"/>. An entry longer
    /// than replication allows is given out cut, but still longer than allowed, so that it takes no more memory.
    /// </summary>
    /// <exception cref="Core.StorageException">What the file system reports.</exception>
    public static StockWalReader OpenGrowing(IFileSystem fileSystem, string path, long startOffset = 0)
    {
        StockWalReader reader = Open(fileSystem, path, startOffset);
        reader.IsGrowing = true;
        reader._scanner.KeptLengthMax = EntryLimits.MaxPayloadLength + 1;
        return reader;
    }

    /// <summary>Looks how long the file is now; true when it grew since the last look.</summary>
    public bool Refresh()
    {
        long before = FileLength;
        _scanner.Window.Refresh();
        return FileLength > before;
    }

    /// <summary>Says that nothing more will be appended: what is incomplete from here on is damage.</summary>
    public void Finish() => IsGrowing = false;

    /// <summary>
    /// Tries to go on behind bytes that have been incomplete for long: a write that a crash cut off, with whole entries
    /// appended behind it since. They are taken only when they reach to the very end of the file without a flaw.
    /// </summary>
    /// <returns>Whether the next <see cref="MoveNext"/> gives an entry behind the reported damage.</returns>
    public bool TryPassIncomplete()
    {
        long found = _scanner.FindEntryBehind(_next, _next);
        if (found == FileLength)
        {
            return false;
        }

        long at = found;
        while (_scanner.Read(at) == StockScanResult.Entry)
        {
            at = _scanner.End;
        }

        if (at != FileLength)
        {
            return false;
        }

        Skip(found, StockDamageKind.TornTail);
        return true;
    }

    /// <summary>
    /// Whether the incomplete bytes begin a record that would belong to a batch with this sequence; null when too few
    /// are there to tell.
    /// </summary>
    public bool? IncompleteContinues(ulong sequence)
    {
        ReadOnlySpan<byte> ahead = _scanner.Window.Peek(_next, NumberedLength);
        return ahead.Length < NumberedLength ? null : SequenceOfRecord(ahead) == sequence;
    }

    /// <summary>The sequence in a whole record's first bytes; null for a part of an entry.</summary>
    private static ulong? SequenceOfRecord(ReadOnlySpan<byte> record) =>
        (StockRecordType)record[6] == StockRecordType.Full
            ? BinaryPrimitives.ReadUInt64LittleEndian(record[(StockWalFormat.HeaderLength + 1)..])
            : null;

    /// <summary>A sound entry inside a record means that the record was cut off there.</summary>
    private void NoteCut(long found, long recordEnd)
    {
        if (found < recordEnd && found - _next >= NumberedLength)
        {
            CutSequence = SequenceOfRecord(_scanner.Window.Peek(_next, NumberedLength));
        }
    }
}
