using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Hash.xxHash;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Tables;

/// <summary>
/// The filter beside a table: tells which keys the table surely does not hold. Immutable; thread-safe except for
/// <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// A filter is verified whole when it is opened. A missing or damaged one costs reads, never answers: the owner deletes
/// it, goes on without, and may make it anew with <see cref="TableFilterBuilder.Rebuild"/>.
/// </remarks>
public sealed class TableFilter : IDisposable
{
    private readonly IMappedFile _file;
    private readonly long _lines;

    private TableFilter(IMappedFile file, long lines, long keyCount)
    {
        _file = file;
        _lines = lines;
        KeyCount = keyCount;
    }

    /// <summary>Keys the filter was built from.</summary>
    public long KeyCount { get; }

    /// <summary>Length of the file in bytes.</summary>
    public long FileLength => _file.Length;

    /// <summary>The hash by which filters know a key; computed once, it serves any number of filters.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>Opens and verifies the filter of a table.</summary>
    /// <param name="fileSystem">Where it is.</param>
    /// <param name="path">The filter's path, see <see cref="TableFiles.FilterFor"/>.</param>
    /// <param name="tableIdentity"><see cref="TableReader.Identity"/> of the table it must belong to.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.NotFound"/>, <see cref="StorageFault.Corrupt"/> (damaged, or of another table),
    /// <see cref="StorageFault.UnknownVersion"/>, or what the file system reports.
    /// </exception>
    public static TableFilter Open(IFileSystem fileSystem, string path, ulong tableIdentity)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        if (!fileSystem.FileExists(path))
        {
            throw new StorageException(StorageFault.NotFound, $"There is no filter {path}. Rebuild it.", path);
        }

        long length = fileSystem.FileLength("FILTER:LENGTH", path);
        if (length < TableFilterFormat.HeaderLength)
        {
            throw Corrupt(path, $"it is {length} bytes long, less than a header");
        }

        IMappedFile file = fileSystem.OpenMapped("FILTER:OPEN", path, writable: false);
        TableFilter? filter = null;
        try
        {
            filter = Open(file, tableIdentity);
            return filter;
        }
        finally
        {
            if (filter is null)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>False: the table does not hold the key with this <see cref="Hash"/>. True: it may.</summary>
    public bool MayContain(ulong hash)
    {
        long at = TableFilterFormat.HeaderLength
            + (TableFilterFormat.LineOf(hash, _lines) * TableFilterFormat.LineLength);
        ReadOnlySpan<byte> line = _file.Read(at, TableFilterFormat.LineLength);
        for (int word = 0; word < TableFilterFormat.Multipliers.Length; word++)
        {
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(line[(word * sizeof(ulong))..]);
            if ((bits & TableFilterFormat.BitOf(hash, word)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False: the table does not hold the key. True: it may.</summary>
    public bool MayContain(ReadOnlySpan<byte> key) => MayContain(Hash(key));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static TableFilter Open(IMappedFile file, ulong tableIdentity)
    {
        ReadOnlySpan<byte> header = file.Read(0, TableFilterFormat.HeaderLength);
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) != TableFilterFormat.Magic)
        {
            throw Corrupt(file.Path, "it does not begin with the filter magic");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != TableFilterFormat.Version)
        {
            throw new StorageException(
                StorageFault.UnknownVersion,
                $"Filter {file.Path} has format version {version}; this program reads version "
                + $"{TableFilterFormat.Version}. Delete it and let it be rebuilt.",
                file.Path);
        }

        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(header[TableFilterFormat.HeaderChecksumOffset..]);
        if (XXH64.DigestOf(header[..TableFilterFormat.HeaderChecksumOffset]) != checksum
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != TableFilterFormat.HeaderLength)
        {
            throw Corrupt(file.Path, "its header fails its checksum");
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(header[16..]) != tableIdentity)
        {
            throw Corrupt(file.Path, "it belongs to another table");
        }

        long keyCount = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        long lines = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        if (lines is < 1 or > TableFilterFormat.LineCountMax
            || file.Length != TableFilterFormat.HeaderLength + (lines * TableFilterFormat.LineLength)
                + TableFilterFormat.TrailerLength)
        {
            throw Corrupt(file.Path, "its length is not the one its header states");
        }

        int bodyLength = (int)(lines * TableFilterFormat.LineLength);
        ReadOnlySpan<byte> trailer =
            file.Read(TableFilterFormat.HeaderLength + bodyLength, TableFilterFormat.TrailerLength);
        if (XXH64.DigestOf(file.Read(TableFilterFormat.HeaderLength, bodyLength))
            != BinaryPrimitives.ReadUInt64LittleEndian(trailer))
        {
            throw Corrupt(file.Path, "its bits fail their checksum");
        }

        return new TableFilter(file, lines, keyCount);
    }

    private static StorageException Corrupt(string path, string reason) =>
        new(
            StorageFault.Corrupt,
            $"Filter {path} is unusable: {reason}. Delete it and let it be rebuilt from its table.",
            path);
}
