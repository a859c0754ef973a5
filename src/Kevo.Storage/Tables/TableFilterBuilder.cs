using System.Buffers;
using System.Buffers.Binary;
using K4os.Hash.xxHash;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Tables;

/// <summary>
/// Collects the keys of a table, eight bytes each in pooled arrays, and writes the filter that goes beside it. One
/// thread.
/// </summary>
public sealed class TableFilterBuilder : IDisposable
{
    private const int ChunkLength = 8192;

    private readonly int _bitsPerKey;
    private readonly List<ulong[]> _chunks = [];
    private int _used = ChunkLength;

    /// <summary>Begins a filter of <paramref name="bitsPerKey"/> bits per key, 1 to 32.</summary>
    public TableFilterBuilder(int bitsPerKey = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bitsPerKey, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitsPerKey, 32);
        _bitsPerKey = bitsPerKey;
    }

    /// <summary>Keys added so far.</summary>
    public long KeyCount { get; private set; }

    /// <summary>Adds a key.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        if (_used == ChunkLength)
        {
            _chunks.Add(ArrayPool<ulong>.Shared.Rent(ChunkLength));
            _used = 0;
        }

        _chunks[^1][_used++] = TableFilter.Hash(key);
        KeyCount++;
    }

    /// <summary>
    /// Writes and syncs the filter at <paramref name="path"/>, which must not exist. Renaming is the caller's.
    /// </summary>
    /// <returns>The length of the file in bytes.</returns>
    /// <exception cref="Core.StorageException">What the disk reports.</exception>
    public long Write(IFileSystem fileSystem, string path, ulong tableIdentity)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        const int lineBits = TableFilterFormat.LineLength * 8;
        long lines =
            Math.Clamp(((KeyCount * _bitsPerKey) + lineBits - 1) / lineBits, 1, TableFilterFormat.LineCountMax);
        int bodyLength = (int)(lines * TableFilterFormat.LineLength);
        byte[] body = ArrayPool<byte>.Shared.Rent(bodyLength);
        try
        {
            Span<byte> bits = body.AsSpan(0, bodyLength);
            bits.Clear();
            SetBits(bits, lines);
            return Write(fileSystem, path, tableIdentity, lines, bits);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>
    /// Makes the filter of a table anew by reading all of it, and puts it beside the table durably, in place of a
    /// missing or damaged one.
    /// </summary>
    /// <exception cref="Core.StorageException">The table is corrupt, or the disk failed.</exception>
    public static void Rebuild(
        IFileSystem fileSystem, TableReader table, int bitsPerKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(table);
        using var builder = new TableFilterBuilder(bitsPerKey);
        using (TableCursor cursor = table.OpenCursor(releaseBehind: true))
        {
            while (cursor.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                builder.Add(cursor.Key);
            }
        }

        string path = TableFiles.FilterFor(table.Path);
        string temporaryPath = path + TableFiles.TemporaryExtension;
        if (fileSystem.FileExists(temporaryPath))
        {
            fileSystem.Delete("FILTER:CLEAN", temporaryPath);
        }

        builder.Write(fileSystem, temporaryPath, table.Identity);
        fileSystem.Rename("FILTER:RENAME", temporaryPath, path);
        fileSystem.SyncDirectory("FILTER:SYNCDIR", Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Gives the arrays back; nothing may be added or written afterwards.</summary>
    public void Dispose()
    {
        foreach (ulong[] chunk in _chunks)
        {
            ArrayPool<ulong>.Shared.Return(chunk);
        }

        _chunks.Clear();
        _used = ChunkLength;
    }

    private void SetBits(Span<byte> bits, long lines)
    {
        for (int i = 0; i < _chunks.Count; i++)
        {
            foreach (ulong hash in _chunks[i].AsSpan(0, i == _chunks.Count - 1 ? _used : ChunkLength))
            {
                if (PlantedBugs.Has(PlantedBug.FilterForgetsKeys) && hash % 64 == 0)
                {
                    continue;
                }

                int at = (int)(TableFilterFormat.LineOf(hash, lines) * TableFilterFormat.LineLength);
                Span<byte> line = bits.Slice(at, TableFilterFormat.LineLength);
                for (int word = 0; word < TableFilterFormat.Multipliers.Length; word++)
                {
                    Span<byte> place = line[(word * sizeof(ulong))..];
                    ulong set = BinaryPrimitives.ReadUInt64LittleEndian(place) | TableFilterFormat.BitOf(hash, word);
                    BinaryPrimitives.WriteUInt64LittleEndian(place, set);
                }
            }
        }
    }

    private long Write(IFileSystem fileSystem, string path, ulong tableIdentity, long lines, ReadOnlySpan<byte> bits)
    {
        Span<byte> header = stackalloc byte[TableFilterFormat.HeaderLength];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, TableFilterFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], TableFilterFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], TableFilterFormat.HeaderLength);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], tableIdentity);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], KeyCount);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], lines);
        BinaryPrimitives.WriteUInt64LittleEndian(
            header[TableFilterFormat.HeaderChecksumOffset..],
            XXH64.DigestOf(header[..TableFilterFormat.HeaderChecksumOffset]));
        Span<byte> trailer = stackalloc byte[TableFilterFormat.TrailerLength];
        BinaryPrimitives.WriteUInt64LittleEndian(trailer, XXH64.DigestOf(bits));

        using IAppendFile file = fileSystem.CreateAppend("FILTER:CREATE", path);
        file.Append("FILTER:APPEND", header);
        file.Append("FILTER:APPEND", bits);
        file.Append("FILTER:APPEND", trailer);
        file.Sync("FILTER:SYNC");
        return file.Length;
    }
}
