using System.Buffers.Binary;
using K4os.Hash.xxHash;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Tables;

/// <summary>
/// Reads one Kevo table from a mapped file: those stock writes (any level, bloom sections ignored) and ours. Immutable;
/// every member may be called from any number of threads, except <see cref="Dispose"/>, which must be the last call
/// and invalidates every span and cursor.
/// </summary>
/// <remarks>
/// Nothing unverified is served: the footer and the index are checked at open, a data block (checksum, structure, order
/// of its keys, agreement with the index) when it is first touched by this process. A block that fails is an error that
/// names file and offset, never "not found".
/// </remarks>
public sealed partial class TableReader : IDisposable
{
    private const int BloomRecordLengthMax = 64 << 20;
    private const int BloomRecordHeaderLength = 12;

    private readonly IMappedFile _file;
    private readonly long _indexOffset;
    private readonly int _indexLength;
    private readonly ResidencyMap? _residency;
    private readonly TableIndex _index;
    private readonly long[] _verified;
    private readonly TableLayout _layout;
    private readonly byte[] _smallestKey;
    private readonly byte[] _largestKey;

    private TableReader(
        IMappedFile file, in TableFooter footer, TableIndex index, ulong identity, BlockResidency? residency)
    {
        _file = file;
        _indexOffset = (long)footer.IndexOffset;
        _indexLength = (int)footer.IndexLength;
        _index = index;
        _verified = new long[(index.Count + 63) / 64];
        EntryCount = footer.EntryCount;
        CreatedUnixNanoseconds = footer.Created;
        FormatVersion = footer.Version;
        Identity = identity;
        _layout = DetermineLayout();
        _smallestKey = FirstKeyOf(VerifiedBlock(0)).ToArray();
        _largestKey = ReadLastKey(_index.Count - 1);

        // Last, so that a table found damaged above leaves nothing registered.
        _residency = residency is null ? null : new ResidencyMap(residency, file);
    }

    /// <summary>The path of the file, for messages.</summary>
    public string Path => _file.Path;

    /// <summary>Length of the file in bytes.</summary>
    public long FileLength => _file.Length;

    /// <summary>
    /// Number of entries, tombstones included, as the footer states it; <see cref="Verify"/> counts them.
    /// </summary>
    public long EntryCount { get; }

    /// <summary>Data blocks in the table; at least 1.</summary>
    public int BlockCount => _index.Count;

    /// <summary>When the table was written, in Unix nanoseconds by the writer's clock.</summary>
    public long CreatedUnixNanoseconds { get; }

    /// <summary>The footer's version number.</summary>
    public uint FormatVersion { get; }

    /// <summary>The first key. Lives as long as the reader.</summary>
    public ReadOnlySpan<byte> SmallestKey => _smallestKey;

    /// <summary>The last key. Lives as long as the reader.</summary>
    public ReadOnlySpan<byte> LargestKey => _largestKey;

    /// <summary>
    /// A number drawn from the checksums of index and footer. A filter carries the identity of its table, so that it
    /// can never answer for another one.
    /// </summary>
    public ulong Identity { get; }

    /// <summary>
    /// Opens and checks a table; takes about 24 bytes plus one key of memory per data block, rounded up to powers of
    /// two.
    /// </summary>
    /// <param name="fileSystem">Where it is.</param>
    /// <param name="path">The table.</param>
    /// <param name="residency">Bounds the memory of this and other tables; null for no bound.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/> with file, offset and reason, or what the file system reports.
    /// </exception>
    public static TableReader Open(IFileSystem fileSystem, string path, BlockResidency? residency = null)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        long length = fileSystem.FileLength("TABLE:LENGTH", path);
        if (length < TableFormat.FooterLength)
        {
            throw Corrupt(path, 0, $"the file is {length} bytes long, less than a footer");
        }

        IMappedFile file = fileSystem.OpenMapped("TABLE:OPEN", path, writable: false);
        TableReader? reader = null;
        try
        {
            reader = Open(file, residency);
            return reader;
        }
        finally
        {
            if (reader is null)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>Walks the table in key order. Allocates the cursor; moving it allocates nothing.</summary>
    /// <param name="releaseBehind">
    /// True for a pass over a large table that will not be read again soon: memory behind the cursor is handed back to
    /// the system as it goes.
    /// </param>
    public TableCursor OpenCursor(bool releaseBehind = false) => new(this, releaseBehind);

    /// <summary>Reads and checks every block, and that the footer counts the entries rightly.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.Corrupt"/> at the first fault.</exception>
    public void Verify(CancellationToken cancellationToken)
    {
        long entries = 0;
        for (int block = 0; block < _index.Count; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            entries += CheckBlock(block);
            MarkVerified(block);
        }

        if (entries != EntryCount)
        {
            long footer = _file.Length - TableFormat.FooterLength;
            throw Corrupt(Path, footer, $"the footer counts {EntryCount} entries, the blocks hold {entries}");
        }
    }

    /// <summary>
    /// Tells the system that the table's data is not needed in memory for now; contents and open cursors are
    /// unaffected.
    /// </summary>
    public void ReleaseMemory() => _file.Release(0, _file.Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        _residency?.Close();
        _file.Dispose();
        _index.Dispose();
    }

    private static TableReader Open(IMappedFile file, BlockResidency? residency)
    {
        if (file.Length < TableFormat.FooterLength)
        {
            throw Corrupt(file.Path, 0, $"the file is {file.Length} bytes long, less than a footer");
        }

        long footerOffset = file.Length - TableFormat.FooterLength;
        ReadOnlySpan<byte> footerBytes = file.Read(footerOffset, TableFormat.FooterLength);
        string? fault = TableFooter.TryRead(footerBytes, out TableFooter footer) ?? CheckBounds(footer, footerOffset);
        if (fault is not null)
        {
            throw Corrupt(file.Path, footerOffset, fault);
        }

        ReadOnlySpan<byte> indexBytes = file.Read((long)footer.IndexOffset, (int)footer.IndexLength);
        if (!ChecksumHolds(indexBytes))
        {
            throw Corrupt(file.Path, (long)footer.IndexOffset, "the index block fails its checksum");
        }

        long dataEnd = (long)footer.IndexOffset;
        if (footer.BloomOffset > 0)
        {
            CheckBloomSection(file, footer);
            dataEnd = Math.Min(dataEnd, (long)footer.BloomOffset);
        }

        fault = TableIndex.TryDecode(indexBytes, dataEnd, out TableIndex? index);
        return fault is null
            ? new TableReader(file, footer, index!, IdentityOf(indexBytes, footerBytes), residency)
            : throw Corrupt(file.Path, (long)footer.IndexOffset, fault);
    }

    private static string? CheckBounds(in TableFooter footer, long footerOffset)
    {
        ulong end = (ulong)footerOffset;
        if (footer.IndexLength == 0 || footer.IndexLength > int.MaxValue
            || footer.IndexOffset > end || footer.IndexLength > end - footer.IndexOffset)
        {
            return "the footer places the index outside the file";
        }

        if (footer.BloomOffset > 0
            && (footer.BloomLength == 0 || footer.BloomOffset > end || footer.BloomLength > end - footer.BloomOffset))
        {
            return "the footer places the bloom section outside the file";
        }

        return footer.EntryCount == 0 ? "the footer counts no entries" : null;
    }

    private static void CheckBloomSection(IMappedFile file, in TableFooter footer)
    {
        long at = (long)footer.BloomOffset;
        long end = at + footer.BloomLength;
        while (at < end)
        {
            uint length = end - at < BloomRecordHeaderLength
                ? 0
                : BinaryPrimitives.ReadUInt32LittleEndian(file.Read(at, BloomRecordHeaderLength)[sizeof(ulong)..]);
            if (length == 0 || length > BloomRecordLengthMax || length > end - at - BloomRecordHeaderLength)
            {
                throw Corrupt(file.Path, at, "a bloom record does not fit its section");
            }

            at += BloomRecordHeaderLength + length;
        }
    }

    /// <summary>Both checksums are part of the number, so that it stands for the index and the footer.</summary>
    internal static ulong IdentityOf(ReadOnlySpan<byte> indexBytes, ReadOnlySpan<byte> footerBytes)
    {
        Span<byte> both = stackalloc byte[2 * sizeof(ulong)];
        indexBytes[^sizeof(ulong)..].CopyTo(both);
        BinaryPrimitives.WriteUInt64LittleEndian(both[sizeof(ulong)..], XXH64.DigestOf(footerBytes));
        return XXH64.DigestOf(both);
    }

    private static bool ChecksumHolds(ReadOnlySpan<byte> block) =>
        block.Length > TableFormat.BlockTrailerLength
        && XXH64.DigestOf(block[..^sizeof(ulong)])
            == BinaryPrimitives.ReadUInt64LittleEndian(block[^sizeof(ulong)..]);

    private static StorageException Corrupt(string path, long offset, string reason) =>
        new(
            StorageFault.Corrupt,
            $"Table {path} is damaged at offset {offset}: {reason}. Restore the file from a copy, or fetch the data "
            + "again from the primary.",
            path);
}
