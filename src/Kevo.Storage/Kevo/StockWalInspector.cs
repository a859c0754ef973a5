using System.Buffers;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Looks into stock WAL files for operators: figures, verification, and every entry as a line of JSON.
/// </summary>
public static class StockWalInspector
{
    private const int HexChunkLength = 32 * 1024;
    private const int FlushLength = 64 * 1024;

    /// <summary>Reads every file to its end and reports figures and damage.</summary>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="files">The files, oldest first.</param>
    /// <param name="progress">Hears how far it is, in bytes, after every entry; nobody when null.</param>
    /// <param name="cancellationToken">Ends the reading between two entries.</param>
    /// <exception cref="StorageException">The file system fails; damage is part of the report.</exception>
    public static StockWalReport Inspect(
        IFileSystem fileSystem,
        IReadOnlyList<StockWalFile> files,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken) =>
        Run(fileSystem, files, null, progress, cancellationToken);

    /// <summary>
    /// Writes one line per logical entry, in order of history: <c>file</c>, <c>offset</c> of its first record,
    /// <c>seq</c>, <c>op</c> (put, delete, merge), <c>key_hex</c>, and for all but a delete <c>value_len</c> and
    /// <c>value_hex</c>. UTF-8, every line ends with a newline.
    /// </summary>
    /// <exception cref="StorageException">The file system fails; damage is part of the report.</exception>
    /// <exception cref="IOException">The output fails.</exception>
    public static StockWalReport Dump(
        IFileSystem fileSystem,
        IReadOnlyList<StockWalFile> files,
        Stream output,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        return Run(fileSystem, files, output, progress: null, cancellationToken);
    }

    private static StockWalReport Run(
        IFileSystem fileSystem,
        IReadOnlyList<StockWalFile> files,
        Stream? output,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        var reports = new List<StockWalFileReport>(files.Count);
        var line = new ArrayBufferWriter<byte>();
        long total = progress is null ? 0 : files.Sum(file => fileSystem.FileLength("STOCKWAL:LENGTH", file.Path));
        long before = 0;
        foreach (StockWalFile file in files)
        {
            using StockWalReader reader = StockWalReader.Open(fileSystem, file.Path);
            var figures = new Figures();
            while (reader.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                figures.Count(reader);
                progress?.Report(new WorkProgress("reading the WAL", before + reader.EndOffset, total));
                if (output is not null)
                {
                    WriteLine(line, file, reader.Offset, reader.Entry);
                    if (line.WrittenCount >= FlushLength)
                    {
                        output.Write(line.WrittenSpan);
                        line.ResetWrittenCount();
                    }
                }
            }

            before += reader.EndOffset;
            reports.Add(figures.Report(file, reader));
        }

        output?.Write(line.WrittenSpan);
        return new StockWalReport(reports);
    }

    private static void WriteLine(ArrayBufferWriter<byte> to, StockWalFile file, long offset, StockEntry entry)
    {
        Ascii(to, "{\"file\":\"");
        to.Write(JsonEncodedText.Encode(file.Name).EncodedUtf8Bytes);
        Ascii(to, "\",\"offset\":");
        Number(to, (ulong)offset);
        Ascii(to, ",\"seq\":");
        Number(to, entry.Sequence);
        Ascii(to, entry.Operation switch
        {
            Operation.Put => ",\"op\":\"put\",\"key_hex\":\"",
            Operation.Delete => ",\"op\":\"delete\",\"key_hex\":\"",
            _ => ",\"op\":\"merge\",\"key_hex\":\"",
        });
        Hex(to, entry.Key);
        if (entry.Operation != Operation.Delete)
        {
            Ascii(to, "\",\"value_len\":");
            Number(to, (ulong)entry.Value.Length);
            Ascii(to, ",\"value_hex\":\"");
            Hex(to, entry.Value);
        }

        Ascii(to, "\"}\n");
    }

    private static void Ascii(ArrayBufferWriter<byte> to, string text) =>
        to.Advance(Encoding.ASCII.GetBytes(text, to.GetSpan(text.Length)));

    private static void Number(ArrayBufferWriter<byte> to, ulong number)
    {
        number.TryFormat(to.GetSpan(20), out int written);
        to.Advance(written);
    }

    private static void Hex(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> chunk = bytes[..Math.Min(bytes.Length, HexChunkLength)];
            Convert.TryToHexStringLower(chunk, to.GetSpan(2 * chunk.Length), out int written);
            to.Advance(written);
            bytes = bytes[chunk.Length..];
        }
    }

    private sealed class Figures
    {
        private readonly long[] _byOperation = new long[4];
        private long _fragmented;
        private long _transactions;
        private long _resets;
        private ulong _lowest = ulong.MaxValue;
        private ulong _highest;
        private ulong _previous;
        private bool _previousIsSingle;

        public void Count(StockWalReader reader)
        {
            StockEntry entry = reader.Entry;
            ulong sequence = entry.Sequence;
            _byOperation[(int)entry.Operation]++;
            _fragmented += reader.IsSingleRecord ? 0 : 1;
            bool joins = _previousIsSingle && reader.IsSingleRecord && sequence == _previous && !reader.FollowsDamage;
            _transactions += joins ? 0 : 1;
            _resets += sequence < _previous ? 1 : 0;
            _lowest = Math.Min(_lowest, sequence);
            _highest = Math.Max(_highest, sequence);
            _previous = sequence;
            _previousIsSingle = reader.IsSingleRecord;
        }

        public StockWalFileReport Report(StockWalFile file, StockWalReader reader) => new()
        {
            File = file,
            Length = reader.FileLength,
            Puts = _byOperation[(int)Operation.Put],
            Deletes = _byOperation[(int)Operation.Delete],
            Merges = _byOperation[(int)Operation.Merge],
            FragmentedEntries = _fragmented,
            Transactions = _transactions,
            LowestSequence = _transactions == 0 ? 0 : _lowest,
            HighestSequence = _highest,
            SequenceResets = _resets,
            Damage = reader.Damage,
            DamageCount = reader.DamageCount,
        };
    }
}
