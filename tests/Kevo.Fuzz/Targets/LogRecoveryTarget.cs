using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Recovery of the log. The input damages a known log of several segments: its first byte says whether the checksums
/// are made right again afterwards, the second how much of the last file is cut off, the third which file is removed;
/// then come edits. Opening stops with an error, or gives a log that can be read and written on. Without mended
/// checksums it must hold a stretch of what was written, and nothing else.
/// </summary>
internal sealed class LogRecoveryTarget : IFuzzTarget
{
    private const int HeaderLength = 3;
    private const string LogDirectory = "/log";
    private const int SegmentSize = 4096;

    private readonly List<byte[]> _payloads = [];
    private readonly List<(string Path, byte[] Bytes)> _files = [];

    /// <summary>Writes the known log.</summary>
    public LogRecoveryTarget()
    {
        SimulatedFileSystem disk = new();
        using (WriteAheadLog log = Open(disk))
        {
            log.BeginEpoch(new LogPosition(1, 0));
            for (ulong sequence = 1; sequence <= 60; sequence++)
            {
                for (int i = 0; i <= (int)sequence % 3; i++)
                {
                    byte[] payload = Payload(sequence, i);
                    _payloads.Add(payload);
                    WalEntry.TryParse(payload, out WalEntry entry);
                    log.Append(entry);
                }

                if (sequence % 4 == 0)
                {
                    log.Sync();
                }
            }
        }

        for (uint id = 1; disk.FileExists(PathOf(id)); id++)
        {
            _files.Add((PathOf(id), disk.ReadAllBytes("FUZZ:READ", PathOf(id), 1 << 20)));
        }
    }

    /// <inheritdoc/>
    public string Name => "log-recovery";

    /// <inheritdoc/>
    public double Weight => 0.1;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        byte[] program = DiskBytes.AnyEdits(random, HeaderLength);
        program[1] = (byte)(random.Next(4) == 0 ? program[1] : 0);
        program[2] = (byte)(random.Next(6) == 0 ? program[2] : 0);
        return program;
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        bool mend = input[0] % 2 == 1;
        SimulatedFileSystem disk = Damaged(input, mend);
        try
        {
            ulong last;
            using (WriteAheadLog log = Open(disk))
            {
                foreach (RecoveryFinding finding in log.Recovery.Findings)
                {
                    signature.Add((int)finding.Case);
                }

                signature.AddMagnitude((ulong)log.Recovery.Entries);
                Read(log, mend);
                last = log.Durable.Sequence;
                if (last < EntryLimits.LastSequence && log.Durable.Epoch > 0)
                {
                    last = WriteOn(log);
                }
            }

            using WriteAheadLog again = Open(disk);
            FuzzFindingException.Unless(again.Durable.Sequence == last, "what was written after recovery is gone");
        }
        catch (StorageException error)
        {
            signature.Add((int)error.Fault);
            signature.Add(error);
        }

        return signature.Value;
    }

    private static WriteAheadLog Open(SimulatedFileSystem disk) => WriteAheadLog.Open(
        new LogOptions { Directory = LogDirectory, SegmentSize = SegmentSize, SaltSource = static () => 77 }, disk);

    private static string PathOf(uint id) => $"{LogDirectory}/{LogFiles.SegmentName(id)}";

    private static byte[] Payload(ulong sequence, int index)
    {
        byte[] value = new byte[(int)(sequence * 7 % 90)];
        value.AsSpan().Fill((byte)sequence);
        Operation operation = sequence % 7 == 0 ? Operation.Delete : Operation.Put;
        byte[] key = [(byte)'k', (byte)sequence, (byte)index];
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        WalEntry.Write(payload, operation, sequence, key, value);
        return payload;
    }

    private static ulong SequenceOf(byte[] payload) => WalEntry.FromVerified(payload).Sequence;

    private static ulong WriteOn(WriteAheadLog log)
    {
        ulong sequence = log.Durable.Sequence + 1;
        WalEntry.TryParse(Payload(sequence, 0), out WalEntry entry);
        log.Append(entry);
        log.Sync();
        return sequence;
    }

    private SimulatedFileSystem Damaged(ReadOnlySpan<byte> input, bool mend)
    {
        byte[][] files = [.. _files.Select(file => (byte[])file.Bytes.Clone())];
        DiskBytes.Edit(input[HeaderLength..], files);
        SimulatedFileSystem disk = new();
        disk.CreateDirectory("FUZZ:WRITE", LogDirectory);
        for (int i = 0; i < files.Length; i++)
        {
            if (mend)
            {
                Mend(_files[i].Bytes, files[i]);
            }

            if (input[2] % 8 != i + 1)
            {
                int cut = i == files.Length - 1 ? Math.Min(files[i].Length, input[1] * 16) : 0;
                DiskBytes.Write(disk, _files[i].Path, files[i].AsSpan(0, files[i].Length - cut));
            }
        }

        return disk;
    }

    // Seals again what stands where frames were; a frame with an impossible length stays as it is.
    private static void Mend(ReadOnlySpan<byte> original, Span<byte> damaged)
    {
        SegmentHeader.TryRead(original, out SegmentHeader header, out _);
        for (int at = SegmentHeader.Length; at + FrameHeader.Length <= original.Length;)
        {
            FrameHeader was = FrameHeader.Read(original[at..]);
            FrameHeader now = FrameHeader.Read(damaged[at..]);
            if (was.FrameLength == 0)
            {
                return;
            }

            if (now.HasPossibleLength(damaged.Length - at))
            {
                now.Seal(damaged[at..], header.MarkAt(at));
            }

            at += was.FrameLength;
        }
    }

    private void Read(WriteAheadLog log, bool mended)
    {
        if (log.First == LogPosition.None)
        {
            return;
        }

        ulong previous = log.First.Sequence - 1;

        // Without the oldest files a log is whole: retention removes them in this way.
        int read = mended ? 0 : _payloads.FindIndex(payload => SequenceOf(payload) == log.First.Sequence);
        FuzzFindingException.Unless(read >= 0, "the log begins with a sequence that was never written");
        using LogCursor cursor = log.OpenCursor(log.First);
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                FuzzFindingException.Unless(
                    WalEntry.TryParse(entry.Payload, out _) == EntryFault.None, "recovery accepted what is no entry");
                FuzzFindingException.Unless(
                    entry.Sequence == previous || entry.Sequence == previous + 1, "recovery accepted a hole");
                FuzzFindingException.Unless(
                    mended || (read < _payloads.Count && entry.Payload.SequenceEqual(_payloads[read])),
                    "recovery accepted an entry that was never written");
                previous = entry.Sequence;
                read++;
            }
        }

        FuzzFindingException.Unless(previous == log.Durable.Sequence, "the log ends elsewhere than it says");
    }
}
