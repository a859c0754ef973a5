using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;

namespace Kevo.Measure.Roles;

/// <summary>Writes single puts into a stock directory, as stock Kevo does. One thread.</summary>
internal sealed class StockFileWriter : IDisposable
{
    private readonly StockWalWriter _wal;
    private readonly byte[] _key = new byte[16];
    private readonly byte[] _value;
    private ulong _next = 1;

    /// <summary>Makes the directory and its first log file.</summary>
    public StockFileWriter(string directory, int valueSize)
    {
        string wal = Path.Combine(directory, "wal");
        Directory.CreateDirectory(wal);
        _wal = StockWalWriter.Create(LinuxFileSystem.Instance, Path.Combine(wal, "01700000000000000000.wal"));
        _value = new byte[valueSize];
        new Random(20261124).NextBytes(_value);
    }

    /// <summary>Appends one put; not durable yet.</summary>
    public void Put()
    {
        StoreFill.WriteKey(_key, (long)_next);
        _wal.Append(Operation.Put, _next++, _key, _value);
    }

    /// <summary>Makes it durable.</summary>
    public void Sync() => _wal.Sync();

    /// <inheritdoc/>
    public void Dispose() => _wal.Dispose();
}
