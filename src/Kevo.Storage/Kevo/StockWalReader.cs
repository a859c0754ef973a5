using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Reads the entries of one stock WAL file in order of position and saves what can be saved: a torn or zero tail ends
/// the file, behind damage elsewhere it goes on with the next entry whose record, checksum and lengths are right. What
/// it had to leave out is in <see cref="Damage"/>. One thread.
/// </summary>
/// <remarks>
/// Behind damage whose own length cannot be trusted, the search could meet a WAL record that a client stored as part of
/// a value; the format offers nothing to tell it from a record of the file.
/// </remarks>
public sealed partial class StockWalReader : IDisposable
{
    private const int DamageListMax = 10_000;

    private readonly StockEntryScanner _scanner;
    private readonly List<StockDamage> _damage = [];
    private readonly string _name;
    private long _next;

    private StockWalReader(StockEntryScanner scanner, long startOffset)
    {
        _scanner = scanner;
        _name = Path.GetFileName(scanner.Window.Path);
        _next = startOffset;
        Offset = startOffset;
    }

    /// <summary>Where the current entry's first record begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the current entry's last record ends.</summary>
    public long EndOffset { get; private set; }

    /// <summary>True when the current entry is one record, as all operations of a batch are.</summary>
    public bool IsSingleRecord { get; private set; }

    /// <summary>True when something unreadable lies between the current entry and the one before it.</summary>
    public bool FollowsDamage { get; private set; }

    /// <summary>The current entry; valid until the next move.</summary>
    public StockEntry Entry
    {
        get
        {
            StockEntry.TryParse(_scanner.Payload, out StockEntry entry);
            return entry;
        }
    }

    /// <summary>The length of the file when it was opened or last refreshed; bytes behind it are not read.</summary>
    public long FileLength => _scanner.Window.Length;

    /// <summary>What was left out so far, in order; at most the first 10 000 ranges.</summary>
    public IReadOnlyList<StockDamage> Damage => _damage;

    /// <summary>How many ranges were left out so far, listed or not.</summary>
    public long DamageCount { get; private set; }

    /// <summary>Opens a file for reading from an offset at which a record begins.</summary>
    /// <exception cref="Core.StorageException">What the file system reports.</exception>
    public static StockWalReader Open(IFileSystem fileSystem, string path, long startOffset = 0)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentOutOfRangeException.ThrowIfNegative(startOffset);
        var window = new StockFileWindow(fileSystem.OpenRead("STOCK:OPEN", path));
        return new StockWalReader(new StockEntryScanner(window), startOffset);
    }

    /// <summary>
    /// Moves to the next entry; false at the end of the file, or, while the file may grow, before what is no whole
    /// entry yet.
    /// </summary>
    public bool MoveNext()
    {
        FollowsDamage = false;
        IsIncomplete = false;
        CutSequence = null;
        while (true)
        {
            switch (_scanner.Read(_next))
            {
                case StockScanResult.Entry:
                    Take();
                    return true;
                case StockScanResult.End:
                    return false;
                case StockScanResult.Torn when IsGrowing:
                    IsIncomplete = true;
                    return false;
                case StockScanResult.Torn:
                    SkipTorn();
                    break;
                default:
                    IsIncomplete = !TrySkipDamaged(_scanner.Fault!.Value);
                    if (IsIncomplete)
                    {
                        return false;
                    }

                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scanner.Dispose();

    private void Take()
    {
        Offset = _next;
        EndOffset = _scanner.End;
        IsSingleRecord = _scanner.RecordCount == 1;
        _next = EndOffset;
        if (_scanner.Fault is StockDamageKind repaired)
        {
            Report(new StockDamage(_name, Offset, 0, repaired));
        }
    }

    private void SkipTorn()
    {
        long cut = _scanner.End;
        long found = _scanner.FindEntryBehind(cut, cut);
        if (found == FileLength)
        {
            Skip(found, _scanner.IsZeroFrom(_next) ? StockDamageKind.ZeroTail : StockDamageKind.TornTail);
        }
        else
        {
            // With an entry behind it the file was not cut off here: the record's length field is wrong.
            Skip(found, StockDamageKind.Checksum);
        }
    }

    /// <summary>
    /// False when the damage reaches to the end of a file that may still grow, so that it may end elsewhere.
    /// </summary>
    private bool TrySkipDamaged(StockDamageKind kind)
    {
        long end = _scanner.End;
        bool sound = _scanner.RecordIsSound;
        long found = sound ? end : _scanner.FindEntryBehind(_next, end);
        if (!sound && found == FileLength && IsGrowing)
        {
            return false;
        }

        NoteCut(found, end);
        Skip(found, found == FileLength && _scanner.IsZeroFrom(_next) ? StockDamageKind.ZeroTail : kind);
        return true;
    }

    private void Skip(long found, StockDamageKind kind)
    {
        Report(new StockDamage(_name, _next, found - _next, kind));
        FollowsDamage = true;
        _next = found;
    }

    /// <summary>Ranges that touch are one: what was lost between two entries.</summary>
    private void Report(StockDamage damage)
    {
        if (damage.Length > 0 && _damage.Count > 0 && _damage[^1] is { Length: > 0 } before
            && before.Offset + before.Length == damage.Offset)
        {
            _damage[^1] = before with { Length = before.Length + damage.Length };
            return;
        }

        DamageCount++;
        if (_damage.Count < DamageListMax)
        {
            _damage.Add(damage);
        }
    }
}
