using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;

namespace Kevo.Testing;

/// <summary>
/// Writes the log files of a data directory the way stock Kevo does, independently of the product's own writer: record
/// by record or a batch in one write call, rotation, restart, setting aside, deletion. One thread.
/// </summary>
public sealed class StockDirectoryWriter : IDisposable
{
    private const int PayloadMax = 32768;

    private readonly MemoryStream _buffer = new();
    private readonly string _wal;
    private FileStream _file;
    private ulong _clock;
    private ulong _next = 1;
    private ulong _max;

    /// <summary>Begins a directory; its <c>wal</c> directory is created with one empty file.</summary>
    public StockDirectoryWriter(string directory, ulong firstName = 1_700_000_000_000_000_000)
    {
        _wal = Path.Combine(directory, "wal");
        _clock = firstName;
        Directory.CreateDirectory(_wal);
        _file = Create();
    }

    /// <summary>
    /// Every transaction written, in order; each a list of operation (1 put, 2 delete), key and value.
    /// </summary>
    public List<(byte Operation, byte[] Key, byte[] Value)[]> History { get; } = [];

    /// <summary>The path of the file being written.</summary>
    public string CurrentPath => _file.Name;

    /// <summary>The number the next write gets.</summary>
    public ulong NextSequence => _next;

    /// <summary>Writes a single operation, in parts when it is large.</summary>
    public void Write(byte operation, byte[] key, byte[] value)
    {
        Append(Encode(operation, _next, key, value), key.Length);
        Flush();
        History.Add([(operation, key, value)]);
        Count();
    }

    /// <summary>Writes a batch: whole records with one number, in one write call.</summary>
    public void WriteBatch((byte Operation, byte[] Key, byte[] Value)[] operations)
    {
        foreach ((byte operation, byte[] key, byte[] value) in operations)
        {
            Append(Encode(operation, _next, key, value), key.Length);
        }

        Flush();
        History.Add(operations);
        Count();
    }

    /// <summary>
    /// The bytes a batch takes in the file, for tests that write them in pieces with <see cref="WriteRaw"/>.
    /// </summary>
    public byte[] BytesOf((byte Operation, byte[] Key, byte[] Value)[] operations)
    {
        foreach ((byte operation, byte[] key, byte[] value) in operations)
        {
            Append(Encode(operation, _next, key, value), key.Length);
        }

        byte[] bytes = _buffer.ToArray();
        _buffer.SetLength(0);
        _max = Math.Max(_max, _next);
        return bytes;
    }

    /// <summary>Appends bytes as they are, in one write call.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _file.Flush();
    }

    /// <summary>Notes a transaction whose bytes were written with <see cref="WriteRaw"/>.</summary>
    public void NoteWritten((byte Operation, byte[] Key, byte[] Value)[] operations)
    {
        History.Add(operations);
        Count();
    }

    /// <summary>A flush of the memtable: another file, numbers from 1 again.</summary>
    public void Rotate()
    {
        _file.Dispose();
        _file = Create();
        _next = 1;
    }

    /// <summary>A stop and a start: the newest file goes on, numbers go on above the highest.</summary>
    public void Restart(bool newFile = false)
    {
        string path = _file.Name;
        _file.Dispose();
        _file = newFile ? Create() : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        _next = _max + 1;
    }

    /// <summary>
    /// A start that gives up on the log: everything is moved to a backup directory, numbers from 1 again.
    /// </summary>
    public void SetAside()
    {
        _file.Dispose();
        string name = string.Create(
            CultureInfo.InvariantCulture, $"backup_20250101_{_clock / 1_000_000 % 1_000_000:D6}");
        string backup = Path.Combine(_wal, name);
        Directory.CreateDirectory(backup);
        foreach (string path in Directory.GetFiles(_wal, "*.wal"))
        {
            File.Move(path, Path.Combine(backup, Path.GetFileName(path)));
        }

        _file = Create();
        _next = 1;
        _max = 0;
    }

    /// <summary>Deletes every file but the one being written.</summary>
    public void DeleteOldFiles()
    {
        foreach (string path in Directory.GetFiles(_wal, "*.wal"))
        {
            if (path != _file.Name)
            {
                File.Delete(path);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _buffer.Dispose();
    }

    private static byte[] Encode(byte operation, ulong sequence, byte[] key, byte[] value)
    {
        var entry = new byte[13 + key.Length + (operation == 2 ? 0 : 4 + value.Length)];
        entry[0] = operation;
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(1), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(9), (uint)key.Length);
        key.CopyTo(entry.AsSpan(13));
        if (operation != 2)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(13 + key.Length), (uint)value.Length);
            value.CopyTo(entry.AsSpan(17 + key.Length));
        }

        return entry;
    }

    private void Count()
    {
        _max = Math.Max(_max, _next);
        _next++;
    }

    private FileStream Create()
    {
        _clock += 1_000_000;
        string name = string.Create(CultureInfo.InvariantCulture, $"{_clock:D20}.wal");
        return new FileStream(
            Path.Combine(_wal, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
    }

    private void Append(byte[] entry, int keyLength)
    {
        if (entry.Length <= PayloadMax)
        {
            AppendRecord(1, entry);
            return;
        }

        int first = 13 + Math.Min(keyLength, PayloadMax - 13);
        AppendRecord(2, entry.AsSpan(0, first));
        int at = first;
        while (entry.Length - at > PayloadMax)
        {
            AppendRecord(3, entry.AsSpan(at, PayloadMax));
            at += PayloadMax;
        }

        AppendRecord(4, entry.AsSpan(at));
    }

    private void AppendRecord(byte type, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[7];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Crc32.HashToUInt32(payload));
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)payload.Length);
        header[6] = type;
        _buffer.Write(header);
        _buffer.Write(payload);
    }

    private void Flush()
    {
        WriteRaw(_buffer.GetBuffer().AsSpan(0, (int)_buffer.Length));
        _buffer.SetLength(0);
    }
}
