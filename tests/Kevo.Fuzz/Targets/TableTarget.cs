using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Tables. The input damages a known table: its first byte says whether the checksums are made right again, the second
/// how much is cut off its end; then come edits. Without mended checksums only entries that were written may be served,
/// in order from the first, until an error; with them, whatever is accepted must agree with itself.
/// </summary>
internal sealed class TableTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const int Entries = 300;
    private const int FooterLength = 68;
    private const string Path = "/table.sst";

    private readonly byte[] _table;
    private readonly List<int> _blockEnds = [];
    private readonly List<(byte[] Key, byte[] Value, bool Tombstone)> _entries = [];

    /// <summary>Writes the known table.</summary>
    public TableTarget()
    {
        SimulatedFileSystem disk = new();
        using (TableWriter writer = TableWriter.Create(disk, Path, new TableWriterOptions { BlockSize = 512 }))
        {
            for (int i = 0; i < Entries; i++)
            {
                byte[] key = [(byte)'k', (byte)(i >> 8), (byte)i, .. new byte[i % 5]];
                byte[] value = new byte[i % 11 * 6];
                value.AsSpan().Fill((byte)i);
                bool tombstone = i % 13 == 0;
                _entries.Add((key, tombstone ? [] : value, tombstone));
                if (tombstone)
                {
                    writer.AddTombstone(key, (ulong)i + 1);
                }
                else
                {
                    writer.Add(key, value, (ulong)i + 1);
                }
            }

            writer.Publish();
        }

        _table = disk.ReadAllBytes("FUZZ:READ", Path, 1 << 20);
        using TableReader reader = TableReader.Open(disk, Path);
        for (int block = 0; block < reader.BlockCount; block++)
        {
            _blockEnds.Add((int)reader.BlockOffset(block) + reader.BlockLength(block));
        }

        // The index is a block as well, and the last one.
        _blockEnds.Add(_table.Length - FooterLength);
    }

    /// <inheritdoc/>
    public string Name => "table";

    /// <inheritdoc/>
    public double Weight => 0.1;

    /// <inheritdoc/>
    public byte[] Generate(Random random) => DiskBytes.AnyEditsAndCut(random, cutOneIn: 8);

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        bool mend = input[0] % 2 == 1;
        byte[] table = (byte[])_table.Clone();
        DiskBytes.Edit(input[HeaderLength..], table);
        if (mend)
        {
            Mend(table);
        }

        SimulatedFileSystem disk = new();
        DiskBytes.Write(disk, Path, table.AsSpan(0, table.Length - (input[1] % 64)));
        int read = 0;
        try
        {
            using TableReader reader = TableReader.Open(disk, Path);
            signature.AddMagnitude((ulong)reader.BlockCount);
            read = Walk(reader, mend, ref read);
            Look(reader, mend);
            reader.Verify(CancellationToken.None);
            signature.Add(1);
        }
        catch (StorageException error)
        {
            signature.Add((int)error.Fault);
            signature.Add(error);
        }

        signature.AddMagnitude((ulong)read);
        return signature.Value;
    }

    private int Walk(TableReader reader, bool mended, ref int read)
    {
        using TableCursor cursor = reader.OpenCursor();
        byte[] previous = [];
        while (cursor.MoveNext())
        {
            ReadOnlySpan<byte> key = cursor.Key;
            FuzzFindingException.Unless(read == 0 || key.SequenceCompareTo(previous) > 0, "keys do not ascend");
            previous = key.ToArray();
            if (!mended)
            {
                FuzzFindingException.Unless(
                    read < _entries.Count
                        && key.SequenceEqual(_entries[read].Key)
                        && cursor.Value.SequenceEqual(_entries[read].Value)
                        && cursor.IsTombstone == _entries[read].Tombstone,
                    "an entry was served that was never written");
            }

            read++;
        }

        FuzzFindingException.Unless(mended || read == _entries.Count, "entries are missing without an error");
        return read;
    }

    private void Look(TableReader reader, bool mended)
    {
        for (int i = 0; i < _entries.Count; i += 17)
        {
            TableLookup found = reader.Get(_entries[i].Key, out ReadOnlySpan<byte> value, out _);
            if (!mended)
            {
                FuzzFindingException.Unless(
                    found == (_entries[i].Tombstone ? TableLookup.Tombstone : TableLookup.Found)
                        && value.SequenceEqual(_entries[i].Value),
                    "a lookup gave something else than was written");
            }
        }
    }

    private void Mend(Span<byte> table)
    {
        int start = 0;
        foreach (int end in _blockEnds)
        {
            DiskBytes.Seal(table[start..end]);
            start = end;
        }

        DiskBytes.Seal(table[^FooterLength..]);
    }
}
