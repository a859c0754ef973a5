using System.Buffers;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Writes a stock WAL file, byte for byte as stock does: one record per entry, or fragments for a single operation of
/// more than 32768 bytes. One thread. Nothing is durable before <see cref="Sync"/>.
/// </summary>
public sealed class StockWalWriter : IDisposable
{
    private readonly IAppendFile _file;
    private byte[] _entry = [];
    private byte[] _record = ArrayPool<byte>.Shared.Rent(StockWalFormat.HeaderLength + StockWalFormat.PayloadLengthMax);

    private StockWalWriter(IAppendFile file) => _file = file;

    /// <summary>The path of the file.</summary>
    public string Path => _file.Path;

    /// <summary>Bytes written so far.</summary>
    public long Length => _file.Length;

    /// <summary>Creates a file that must not exist; see <see cref="StockWalFiles.Name"/>.</summary>
    /// <exception cref="StorageException">What the file system reports.</exception>
    public static StockWalWriter Create(IFileSystem fileSystem, string path)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        return new StockWalWriter(fileSystem.CreateAppend("STOCK:CREATE", path));
    }

    /// <summary>Whether an operation of these lengths fits one record and may therefore be part of a batch.</summary>
    public static bool FitsBatch(Operation operation, int keyLength, int valueLength) =>
        EntryLength(operation, keyLength, valueLength) <= StockWalFormat.PayloadLengthMax;

    /// <summary>Writes a single operation, fragmented if need be.</summary>
    /// <exception cref="StorageException">What the disk reports.</exception>
    public void Append(Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> entry = Encode(operation, sequence, key, value);
        if (entry.Length <= StockWalFormat.PayloadLengthMax)
        {
            AppendRecord(StockRecordType.Full, entry);
            return;
        }

        int first = StockWalFormat.EntryFixedLength + Math.Min(key.Length, StockWalFormat.FirstKeyLengthMax);
        AppendRecord(StockRecordType.First, entry[..first]);
        entry = entry[first..];
        while (entry.Length > StockWalFormat.PayloadLengthMax)
        {
            AppendRecord(StockRecordType.Middle, entry[..StockWalFormat.PayloadLengthMax]);
            entry = entry[StockWalFormat.PayloadLengthMax..];
        }

        AppendRecord(StockRecordType.Last, entry);
    }

    /// <summary>
    /// Writes one operation of a batch. All operations of a batch carry one sequence and follow each other directly;
    /// the next operation or batch takes the next sequence.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.LimitExceeded"/>: the operation does not fit one record (see <see cref="FitsBatch"/>);
    /// nothing was written. Else what the disk reports.
    /// </exception>
    public void AppendToBatch(Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!FitsBatch(operation, key.Length, value.Length))
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                $"An operation with a key of {key.Length} bytes and a value of {value.Length} bytes does not fit "
                + $"into a batch of {Path}: an element has at most {StockWalFormat.PayloadLengthMax} bytes.",
                Path);
        }

        AppendRecord(StockRecordType.Full, Encode(operation, sequence, key, value));
    }

    /// <summary>Makes everything written so far durable.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.SyncFailed"/>.</exception>
    public void Sync() => _file.Sync("STOCK:SYNC");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_record.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_record);
        }

        if (_entry.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_entry);
        }

        _record = [];
        _entry = [];
        _file.Dispose();
    }

    private static long EntryLength(Operation operation, int keyLength, int valueLength) =>
        StockWalFormat.EntryFixedLength + (long)keyLength
        + (operation == Operation.Delete ? 0 : sizeof(uint) + (long)valueLength);

    private ReadOnlySpan<byte> Encode(
        Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int length = checked((int)EntryLength(operation, key.Length, value.Length));
        if (_entry.Length < length)
        {
            if (_entry.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_entry);
            }

            _entry = ArrayPool<byte>.Shared.Rent(length);
        }

        Span<byte> entry = _entry.AsSpan(0, length);
        WalEntry.Write(entry, operation, sequence, key, value);
        return entry;
    }

    private void AppendRecord(StockRecordType type, ReadOnlySpan<byte> payload)
    {
        Span<byte> record = _record.AsSpan(0, StockWalFormat.HeaderLength + payload.Length);
        StockWalFormat.WriteHeader(record, type, payload);
        payload.CopyTo(record[StockWalFormat.HeaderLength..]);
        _file.Append("STOCK:APPEND", record);
    }
}
