using System.Buffers;
using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Tables;

/// <summary>
/// Writes one table in the layout that stock Kevo reads without losing keys, and the filter beside it. Entries stream
/// through one block's worth of memory and 256 KiB of finished blocks; besides that it holds one index entry per block
/// and eight bytes per key for the filter. One thread.
/// </summary>
/// <remarks>
/// The table is written under a temporary name and appears under its own, durably, in <see cref="Publish"/>. Until then
/// a crash leaves at most files that end in <c>.tmp</c>. <see cref="Dispose"/> closes files and keeps what is on disk;
/// <see cref="Abandon"/> also removes an unpublished file.
/// </remarks>
public sealed class TableWriter : IDisposable
{
    /// <summary>
    /// Up to this many blocks the index has one restart point, beyond it one per entry. Stock walks the former from its
    /// start at each lookup, and the latter's restart array at each step of a scan.
    /// </summary>
    private const int SingleRestartBlocksMax = 512;

    /// <summary>
    /// Blocks are collected and written in pieces of this size, which end where pages end: the page cache is entered
    /// once for many pages, and no page is touched by two writes.
    /// </summary>
    internal const int WriteStride = 256 << 10;

    // A sync elsewhere waits behind this much at most, some milliseconds.
    private const long UnderWayMax = 4 << 20;

    private readonly IFileSystem _fileSystem;
    private readonly TableWriterOptions _options;
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly IAppendFile _file;
    private readonly BlockBuilder _block = new(restartInterval: 0);
    private readonly TableFilterBuilder? _filter;
    private readonly byte[] _unwritten = ArrayPool<byte>.Shared.Rent(WriteStride);
    private int _unwrittenLength;
    private BlockBuilder _index = new(restartInterval: 0);
    private BlockKey _lastKey;
    private byte[]? _smallestKey;
    private byte[]? _largestKey;
    private long _dataBytes;
    private long _tombstones;
    private bool _ended;

    private TableWriter(IFileSystem fileSystem, string path, TableWriterOptions options)
    {
        _fileSystem = fileSystem;
        _options = options;
        _path = path;
        _temporaryPath = path + TableFiles.TemporaryExtension;
        _filter = options.FilterBitsPerKey == 0 ? null : new TableFilterBuilder(options.FilterBitsPerKey);
        _file = fileSystem.CreateAppend("TABLE:CREATE", _temporaryPath);
    }

    /// <summary>Entries added so far.</summary>
    public long EntryCount { get; private set; }

    /// <summary>Bytes the file would have if it were published now, except for a few per restart point.</summary>
    public long EstimatedFileLength => Length + _block.Length + _index.Length + TableFormat.FooterLength;

    private long Length => _file.Length + _unwrittenLength;

    /// <summary>Begins a table.</summary>
    /// <param name="fileSystem">Where it is written.</param>
    /// <param name="path">The final path; neither it nor its temporary name may exist.</param>
    /// <param name="options">How it is written; null for the defaults.</param>
    public static TableWriter Create(IFileSystem fileSystem, string path, TableWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new TableWriter(fileSystem, path, options ?? new TableWriterOptions());
    }

    /// <summary>Adds a key with its value; the bytes are copied.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.LimitExceeded"/>: the key is empty or over 65535 bytes, or the value over 1 GiB;
    /// <see cref="StorageFault.Corrupt"/>: the key is not behind the one before it. The writer is unchanged then. Else
    /// what the disk reports; then the table can only be abandoned.
    /// </exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong sequence) =>
        AddEntry(key, value, isTombstone: false, sequence);

    /// <summary>Adds the fact that a key is deleted.</summary>
    /// <exception cref="StorageException">As <see cref="Add"/>.</exception>
    public void AddTombstone(ReadOnlySpan<byte> key, ulong sequence) =>
        AddEntry(key, default, isTombstone: true, sequence);

    /// <summary>
    /// Waits until the disk is behind with a few MiB of the table at most; not for everything, and nothing is durable
    /// by it. Operation name: <c>TABLE:AWAIT</c>.
    /// </summary>
    /// <exception cref="StorageException">As <see cref="Publish"/>.</exception>
    public void AwaitWriting() => _file.AwaitWriting("TABLE:AWAIT", UnderWayMax);

    /// <summary>
    /// Completes the table, makes it durable and gives it its name: filter and table are written and synced, the filter
    /// is renamed, the table is renamed, the directory is synced. Operation names: <c>TABLE:APPEND</c>,
    /// <c>TABLE:SYNC</c>, <c>FILTER:CREATE</c>, <c>FILTER:APPEND</c>, <c>FILTER:SYNC</c>, <c>FILTER:RENAME</c>,
    /// <c>TABLE:RENAME</c>, <c>TABLE:SYNCDIR</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing was added; a table holds at least one entry.</exception>
    /// <exception cref="StorageException">What the disk reports.</exception>
    public TableSummary Publish()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (EntryCount == 0)
        {
            throw new InvalidOperationException("A table holds at least one entry; abandon the writer instead.");
        }

        CloseBlock();
        ulong identity = WriteIndexAndFooter();
        WriteOut();
        long length = _file.Length;
        if (!PlantedBugs.Has(PlantedBug.TableNotSynced))
        {
            _file.Sync("TABLE:SYNC");
        }

        Dispose();

        long filterLength = 0;
        if (_filter is not null)
        {
            string filterPath = TableFiles.FilterFor(_path);
            filterLength = _filter.Write(_fileSystem, filterPath + TableFiles.TemporaryExtension, identity);
            _fileSystem.Rename("FILTER:RENAME", filterPath + TableFiles.TemporaryExtension, filterPath);
            _filter.Dispose();
        }

        _fileSystem.Rename("TABLE:RENAME", _temporaryPath, _path);
        _fileSystem.SyncDirectory("TABLE:SYNCDIR", Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return new TableSummary
        {
            Path = _path,
            FileLength = length,
            FilterLength = filterLength,
            EntryCount = EntryCount,
            TombstoneCount = _tombstones,
            SmallestKey = _smallestKey,
            LargestKey = _largestKey,
            DataBytes = _dataBytes,
            Identity = identity,
        };
    }

    /// <summary>Closes the file and removes it. Nothing happens when the table was published.</summary>
    public void Abandon()
    {
        if (!_ended)
        {
            Dispose();
            _filter?.Dispose();
            _fileSystem.Delete("TABLE:ABANDON", _temporaryPath);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _largestKey = _lastKey.Span.ToArray();
        _file.Dispose();
        _block.Dispose();
        _index.Dispose();
        _lastKey.Return();
        ArrayPool<byte>.Shared.Return(_unwritten);
    }

    private void AddEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, ulong sequence)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (key.Length is 0 or > TableLimits.MaxKeyLength || value.Length > TableLimits.MaxValueLength)
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                $"Table {_path} cannot hold a key of {key.Length} bytes with a value of {value.Length} bytes: keys "
                + $"have 1 to {TableLimits.MaxKeyLength} bytes, values at most {TableLimits.MaxValueLength}.",
                _path);
        }

        if (EntryCount > 0 && key.SequenceCompareTo(_lastKey.Span) <= 0)
        {
            throw new StorageException(
                StorageFault.Corrupt,
                $"Table {_path}: the key of entry {EntryCount} is not behind the one before it, so its source is not "
                + "in order. Verify the source.",
                _path);
        }

        _smallestKey ??= key.ToArray();
        _lastKey.Replace(0, key);
        _block.Add(key, value, isTombstone, sequence);
        _filter?.Add(key);
        EntryCount++;
        _tombstones += isTombstone ? 1 : 0;
        _dataBytes += key.Length + value.Length;
        if (_block.ChargedLength >= _options.BlockSize)
        {
            CloseBlock();
        }
    }

    private void CloseBlock()
    {
        if (_block.EntryCount == 0)
        {
            return;
        }

        long offset = Length;
        ReadOnlySpan<byte> bytes = _block.Finish();
        Append(bytes);

        Span<byte> place = stackalloc byte[TableFormat.IndexValueLength];
        BinaryPrimitives.WriteInt64LittleEndian(place, offset);
        BinaryPrimitives.WriteInt32LittleEndian(place[sizeof(long)..], bytes.Length);
        if (_index.EntryCount == SingleRestartBlocksMax)
        {
            RestartAtEveryIndexEntry();
        }

        _index.Add(_block.LastKey, place, isTombstone: false, sequence: 0);
        _block.Clear();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int taken = Math.Min(bytes.Length, WriteStride - _unwrittenLength);
            bytes[..taken].CopyTo(_unwritten.AsSpan(_unwrittenLength));
            _unwrittenLength += taken;
            bytes = bytes[taken..];
            if (_unwrittenLength == WriteStride)
            {
                WriteOut();
            }
        }
    }

    private void WriteOut()
    {
        _file.Append("TABLE:APPEND", _unwritten.AsSpan(0, _unwrittenLength));
        _unwrittenLength = 0;
    }

    private void RestartAtEveryIndexEntry()
    {
        var index = new BlockBuilder(restartInterval: 1);
        ReadOnlySpan<byte> bytes = _index.Finish();
        BlockDecoder.TryStart(bytes, out BlockDecoder decoder);
        BlockKey key = default;
        while (decoder.Step(bytes, out BlockEntry entry) == BlockStep.Entry)
        {
            key.Replace(entry.Shared, bytes.Slice(entry.SuffixOffset, entry.SuffixLength));
            index.Add(key.Span, bytes.Slice(entry.ValueOffset, entry.ValueLength), isTombstone: false, sequence: 0);
        }

        key.Return();
        _index.Dispose();
        _index = index;
    }

    private ulong WriteIndexAndFooter()
    {
        long indexOffset = Length;
        ReadOnlySpan<byte> index = _index.Finish();
        Append(index);
        var footer = new TableFooter
        {
            Version = TableFormat.Version,
            Created = _options.CreatedUnixNanoseconds,
            IndexOffset = (ulong)indexOffset,
            IndexLength = (uint)index.Length,
            EntryCount = checked((uint)EntryCount),
        };
        Span<byte> bytes = stackalloc byte[TableFormat.FooterLength];
        footer.Write(bytes);
        Append(bytes);
        return TableReader.IdentityOf(index, bytes);
    }
}
