using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Storage.Kevo;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>A stock directory that somebody else writes, durably, on a simulated disk.</summary>
internal sealed class StockDisk : IDisposable
{
    /// <summary>The data directory.</summary>
    public const string Directory = "/stock";

    private const string Wal = "/stock/wal";

    private readonly SimulatedFileSystem _disk;
    private readonly Random _random;
    private StockWalWriter _writer;
    private ulong _clock = 1_700_000_000_000_000_000;
    private ulong _sequence;

    public StockDisk(SimulatedFileSystem disk, Random random)
    {
        _disk = disk;
        _random = random;
        disk.CreateDirectory("TEST:MKDIR", Wal);
        disk.SyncDirectory("TEST:SYNC", "/");
        disk.SyncDirectory("TEST:SYNC", Directory);
        _writer = NewFile();
    }

    /// <summary>Every transaction written: keys with their values, null for a deletion.</summary>
    public List<(byte[] Key, byte[]? Value)[]> History { get; } = [];

    /// <summary>Writes a single operation or a batch, and syncs it.</summary>
    public void Write()
    {
        _sequence++;
        var operations = new (byte[] Key, byte[]? Value)[_random.Next(3) == 0 ? _random.Next(2, 12) : 1];
        for (int i = 0; i < operations.Length; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"key{_random.Next(50):D3}");
            operations[i] = (
                Encoding.ASCII.GetBytes(key), _random.Next(5) == 0 ? null : new byte[_random.Next(200)]);
            operations[i].Value?.AsSpan().Fill((byte)_sequence);
        }

        if (operations.Length == 1 && _random.Next(8) == 0)
        {
            operations[0] = (operations[0].Key, new byte[40_000]);
        }

        foreach ((byte[] key, byte[]? value) in operations)
        {
            Operation operation = value is null ? Operation.Delete : Operation.Put;
            _writer.Append(operation, _sequence, key, value);
        }

        _writer.Sync();
        History.Add(operations);
    }

    /// <summary>A flush of stock's memtable: another file, numbers from 1 again.</summary>
    public void Rotate()
    {
        _writer.Dispose();
        _writer = NewFile();
        _sequence = 0;
    }

    public void Dispose() => _writer.Dispose();

    private StockWalWriter NewFile()
    {
        _clock += 1_000_000;
        StockWalWriter writer = StockWalWriter.Create(_disk, $"{Wal}/{StockWalFiles.Name(_clock)}");
        _disk.SyncDirectory("TEST:SYNC", Wal);
        return writer;
    }
}
