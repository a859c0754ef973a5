using Kevo.Core;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Corruption;

/// <summary>
/// A table and the filter beside it, whose bytes are changed one at a time: the table must be refused or serve what was
/// written, the filter be refused.
/// </summary>
internal sealed class TableFlips
{
    /// <summary>The table's path.</summary>
    public const string Path = "/table.sst";

    private readonly SimulatedFileSystem _whole = new();
    private readonly List<(byte[] Key, byte[]? Value)> _entries = [];
    private readonly ulong _identity;

    public TableFlips()
    {
        var random = new Random(2);
        using (TableWriter writer = TableWriter.Create(_whole, Path, new TableWriterOptions { BlockSize = 1024 }))
        {
            for (int i = 0; i < 60; i++)
            {
                byte[] key = [(byte)'k', (byte)i, .. new byte[i % 4]];
                if (i % 9 == 0)
                {
                    _entries.Add((key, null));
                    writer.AddTombstone(key, (ulong)i + 1);
                    continue;
                }

                byte[] value = new byte[random.Next(150, 400)];
                random.NextBytes(value);
                _entries.Add((key, value));
                writer.Add(key, value, (ulong)i + 1);
            }

            writer.Publish();
        }

        using TableReader reader = TableReader.Open(_whole, Path);
        _identity = reader.Identity;
        FilterPath = TableFiles.FilterFor(Path);
    }

    /// <summary>The filter's path.</summary>
    public string FilterPath { get; }

    /// <summary>The length of a file in bits.</summary>
    public long BitsOf(string path) => _whole.FileLength("TEST:LENGTH", path) * 8;

    /// <summary>A disk with both files as they were written.</summary>
    public SimulatedFileSystem Copy() => _whole.CrashImage(0);

    /// <summary>Whether the table is refused; throws when it serves what was not written.</summary>
    public bool RefusesTable(SimulatedFileSystem disk, string where)
    {
        try
        {
            using TableReader table = TableReader.Open(disk, Path);
            using TableCursor cursor = table.OpenCursor();
            foreach ((byte[] key, byte[]? value) in _entries)
            {
                bool same = cursor.MoveNext() && cursor.Key.SequenceEqual(key)
                    && cursor.IsTombstone == (value is null) && cursor.Value.SequenceEqual(value);
                Require(same, $"{where}: a scan serves something else at key {Convert.ToHexString(key)}");
            }

            Require(!cursor.MoveNext(), $"{where}: a scan serves more");
            table.Verify(CancellationToken.None);
            return false;
        }
        catch (StorageException error) when (error.Fault == StorageFault.Corrupt)
        {
            return true;
        }
        catch (Exception error) when (error is not ProofFailedException)
        {
            throw new ProofFailedException($"{where}: {error}");
        }
    }

    /// <summary>Whether the filter is refused.</summary>
    public bool RefusesFilter(SimulatedFileSystem disk, string where)
    {
        try
        {
            using TableFilter filter = TableFilter.Open(disk, FilterPath, _identity);
            foreach ((byte[] key, _) in _entries)
            {
                Require(filter.MayContain(key), $"{where}: the filter forgets key {Convert.ToHexString(key)}");
            }

            return false;
        }
        catch (StorageException error) when (error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            return true;
        }
        catch (Exception error) when (error is not ProofFailedException)
        {
            throw new ProofFailedException($"{where}: {error}");
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ProofFailedException(message);
        }
    }
}
