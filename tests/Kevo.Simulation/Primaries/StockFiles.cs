using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Simulation.Oracles;
using Kevo.Storage.Kevo;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Primaries;

/// <summary>
/// The log files of a stock server, written as it writes them: a record for each operation, all of a batch under one
/// number, synced before the next; another file after a flush, with numbers from 1.
/// </summary>
internal sealed class StockFiles
{
    private const string Directory = "/kevo/wal";
    private const int HeaderLength = 7;

    private ulong _stamp = 1_700_000_000_000_000_000;
    private string _path = "";
    private ulong _next = 1;
    private ulong _max;

    /// <summary>Bytes of a transaction whose last part is still to be written.</summary>
    public byte[] Rest { get; private set; } = [];

    /// <summary>Makes the directory and its first file.</summary>
    public void Create(SimulatedFileSystem disk)
    {
        disk.CreateDirectory("STOCK:MKDIR", Directory);
        disk.SyncDirectory("STOCK:SYNC", "/");
        disk.SyncDirectory("STOCK:SYNC", "/kevo");
        Rotate(disk);
    }

    /// <summary>Begins another file, as a flush does.</summary>
    public void Rotate(SimulatedFileSystem disk)
    {
        _stamp += 1_000_000;
        _path = Path.Combine(Directory, StockWalFiles.Name(_stamp));
        disk.CreateAppend("STOCK:CREATE", _path).Dispose();
        disk.SyncFile("STOCK:SYNC", _path);
        disk.SyncDirectory("STOCK:SYNC", Directory);
        _next = 1;
    }

    /// <summary>A stop and a start: the file goes on, numbers go on above the highest.</summary>
    public void Restart() => _next = _max + 1;

    /// <summary>Writes a transaction, up to a share of its bytes; the rest waits for <see cref="WriteRest"/>.</summary>
    public void Write(SimulatedFileSystem disk, Change[] changes, double share)
    {
        using var bytes = new MemoryStream();
        foreach (Change change in changes)
        {
            WriteRecord(bytes, change);
        }

        _max = Math.Max(_max, _next);
        _next++;
        byte[] all = bytes.ToArray();
        int now = share >= 1 ? all.Length : (int)(all.Length * share);
        Rest = all[now..];
        Append(disk, all.AsSpan(0, now));
    }

    /// <summary>Writes what is left of a transaction.</summary>
    public void WriteRest(SimulatedFileSystem disk)
    {
        Append(disk, Rest);
        Rest = [];
    }

    private void Append(SimulatedFileSystem disk, ReadOnlySpan<byte> bytes)
    {
        using IAppendFile file = disk.OpenAppend(_path);
        file.Append("STOCK:APPEND", bytes);
        file.Sync("STOCK:SYNC");
    }

    private void WriteRecord(MemoryStream bytes, Change change)
    {
        byte[] payload = new byte[WalEntry.PayloadLength(change.Operation, change.Key.Length, change.Value.Length)];
        WalEntry.Write(payload, change.Operation, _next, change.Key, change.Value);
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Crc32.HashToUInt32(payload));
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)payload.Length);
        header[6] = 1;
        bytes.Write(header);
        bytes.Write(payload);
    }
}
