using System.Buffers;
using System.Buffers.Binary;
using CommunityToolkit.HighPerformance.Buffers;
using K4os.Hash.xxHash;
using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// The bytes of the checkpoint file. All numbers little-endian; <c>docs/STORE.md</c> draws them. Whoever changes them
/// raises <see cref="Version"/>.
/// </summary>
internal static class CheckpointFormat
{
    /// <summary>The version this code writes, and the only one it reads.</summary>
    public const uint Version = 1;

    // "KEVOCKPT" read as a little-endian number.
    private const ulong Magic = 0x5450_4B43_4F56_454B;

    // Magic, version, reserved.
    private const int HeaderLength = 16;
    private const int ChecksumLength = sizeof(ulong);

    /// <summary>The bytes of a checkpoint, in pooled memory; the caller disposes it.</summary>
    public static ArrayPoolBufferWriter<byte> Write(Checkpoint checkpoint)
    {
        var bytes = new ArrayPoolBufferWriter<byte>();
        WriteNumber(bytes, Magic);
        WriteNumber(bytes, Version);
        WriteNumber(bytes, checkpoint.Position.Epoch);
        WriteNumber(bytes, checkpoint.Position.Sequence);
        WriteNumber(bytes, checkpoint.NextTableNumber);
        WriteNumber(bytes, (ulong)checkpoint.Runs.Count);
        foreach (CheckpointRun run in checkpoint.Runs)
        {
            WriteNumber(bytes, (ulong)run.NewKeys);
            WriteNumber(bytes, (ulong)run.Tables.Count);
            foreach (TableDescription table in run.Tables)
            {
                WriteTable(bytes, table);
            }
        }

        WriteNumber(bytes, XXH64.DigestOf(bytes.WrittenSpan));
        return bytes;
    }

    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/> or <see cref="StorageFault.UnknownVersion"/>; the message names file and
    /// offset.
    /// </exception>
    public static Checkpoint Read(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < HeaderLength + ChecksumLength || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
        {
            throw Corrupt(path, 0, "it does not begin as a checkpoint does");
        }

        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new StorageException(
                StorageFault.UnknownVersion,
                $"Checkpoint {path} has format version {version}; this program reads version {Version}. Use the "
                + "version of this program that wrote it.",
                path);
        }

        int end = bytes.Length - ChecksumLength;
        if (XXH64.DigestOf(bytes[..end]) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[end..]))
        {
            throw Corrupt(path, end, "its checksum does not match");
        }

        var reader = new CheckpointReader(bytes[..end], HeaderLength, path);
        var position = new LogPosition(reader.Number(), reader.Number());
        ulong nextNumber = reader.Number();
        var runs = new CheckpointRun[reader.Count()];
        for (int i = 0; i < runs.Length; i++)
        {
            long newKeys = (long)reader.Number();
            var tables = new TableDescription[reader.Count()];
            for (int t = 0; t < tables.Length; t++)
            {
                tables[t] = reader.Table();
            }

            runs[i] = new CheckpointRun(newKeys, tables);
        }

        reader.RequireEnd();
        return new Checkpoint { Position = position, NextTableNumber = nextNumber, Runs = runs };
    }

    internal static StorageException Corrupt(string path, long offset, string reason) => new(
        StorageFault.Corrupt,
        $"Checkpoint {path} is damaged at offset {offset}: {reason}. Restore the whole directory from a copy, or "
        + "resynchronise this node from its primary into an empty one.",
        path);

    private static void WriteTable(ArrayPoolBufferWriter<byte> bytes, TableDescription table)
    {
        WriteNumber(bytes, table.Number);
        WriteNumber(bytes, (ulong)table.FileLength);
        WriteNumber(bytes, (ulong)table.FilterLength);
        WriteNumber(bytes, table.Identity);
        WriteNumber(bytes, (ulong)table.EntryCount);
        WriteNumber(bytes, (ulong)table.TombstoneCount);
        WriteNumber(bytes, (ulong)table.DataBytes);
        WriteKey(bytes, table.SmallestKey.Span);
        WriteKey(bytes, table.LargestKey.Span);
    }

    private static void WriteKey(ArrayPoolBufferWriter<byte> bytes, ReadOnlySpan<byte> key)
    {
        WriteNumber(bytes, (ulong)key.Length);
        bytes.Write(key);
    }

    private static void WriteNumber(ArrayPoolBufferWriter<byte> bytes, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(sizeof(ulong)), number);
        bytes.Advance(sizeof(ulong));
    }
}
