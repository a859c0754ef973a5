using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Reads one WAL file exactly as the stock server does at its start, with all that is questionable about it: blind
/// skips of 32768 bytes, stale fragments that are glued to later ones, and errors that cost the whole directory. It
/// predicts what stock serves; to read data, use <see cref="StockWalReader"/>. One thread.
/// </summary>
public sealed class StockFileReplay : IDisposable
{
    private const int ThrownAway = 32768;
    private const int SkipsWithoutEntryMax = 5;

    private readonly StockFileWindow _window;
    private readonly List<byte> _pending = [];
    private byte[] _entry = [];
    private bool _hasPending;
    private bool _ended;
    private long _next;

    private StockFileReplay(StockFileWindow window) => _window = window;

    /// <summary>Entries handed over so far.</summary>
    public long Processed { get; private set; }

    /// <summary>Skips so far.</summary>
    public long Skipped { get; private set; }

    /// <summary>How it ended; meaningful once <see cref="MoveNext"/> returned false.</summary>
    public StockReplayOutcome Outcome { get; private set; }

    /// <summary>The current entry; valid until the next move.</summary>
    public StockEntry Entry
    {
        get
        {
            StockEntry.TryParse(_entry, out StockEntry entry);
            return entry;
        }
    }

    /// <summary>Opens a file for replay from its start.</summary>
    /// <exception cref="Core.StorageException">What the file system reports.</exception>
    public static StockFileReplay Open(IFileSystem fileSystem, string path)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        return new StockFileReplay(new StockFileWindow(fileSystem.OpenRead("STOCK:OPEN", path)));
    }

    /// <summary>Moves to the next entry that stock hands over; false when the file has ended for it.</summary>
    public bool MoveNext()
    {
        while (!_ended)
        {
            if (Step())
            {
                Processed++;
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();

    /// <summary>Consumes one record; true when it completed an entry.</summary>
    private bool Step()
    {
        ReadOnlySpan<byte> header = _window.Peek(_next, StockWalFormat.HeaderLength);
        if (header.Length < StockWalFormat.HeaderLength)
        {
            return End(header.IsEmpty && !_hasPending ? StockReplayOutcome.Completed : StockReplayOutcome.Fatal);
        }

        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(header);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        var type = (StockRecordType)header[6];
        long payloadAt = _next + StockWalFormat.HeaderLength;
        if (type is < StockRecordType.Full or > StockRecordType.Last)
        {
            return Skip(payloadAt);
        }

        ReadOnlySpan<byte> payload = _window.Peek(payloadAt, length);
        if (payload.Length < length)
        {
            return End(payload.IsEmpty && !_hasPending ? StockReplayOutcome.Completed : StockReplayOutcome.Fatal);
        }

        long end = payloadAt + length;
        if (Crc32.HashToUInt32(payload) != checksum)
        {
            return Skip(end);
        }

        _next = end;
        return type switch
        {
            StockRecordType.Full => HandOver(payload, end),
            StockRecordType.First when length == 0 => End(StockReplayOutcome.Crash),
            StockRecordType.First => Keep(payload),
            _ when !_hasPending => Skip(end),
            StockRecordType.Middle => Keep(payload),
            _ => HandOverPending(payload, end),
        };
    }

    private bool Keep(ReadOnlySpan<byte> payload)
    {
        _hasPending = true;
        _pending.AddRange(payload);
        return false;
    }

    private bool HandOverPending(ReadOnlySpan<byte> payload, long end)
    {
        _pending.AddRange(payload);
        byte[] whole = [.. _pending];
        _pending.Clear();
        _hasPending = false;
        return HandOver(whole, end);
    }

    private bool HandOver(ReadOnlySpan<byte> bytes, long end)
    {
        if (!StockEntry.TryParse(bytes, out StockEntry entry))
        {
            return Skip(end);
        }

        _entry = entry.Payload.ToArray();
        return true;
    }

    private bool Skip(long behind)
    {
        Skipped++;
        if (Skipped > SkipsWithoutEntryMax && Processed == 0)
        {
            return End(StockReplayOutcome.Abandoned);
        }

        if (_window.Length - behind < ThrownAway)
        {
            return End(StockReplayOutcome.Completed);
        }

        _next = behind + ThrownAway;
        return false;
    }

    private bool End(StockReplayOutcome outcome)
    {
        _ended = true;
        Outcome = outcome;
        return false;
    }
}
