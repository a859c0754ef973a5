using Google.Protobuf;
using Kevo.Fuzz.Engine;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The writer of stream responses, driven by the input as by a program: first the budget, then four bytes for each
/// entry (length, twice, mark, checksum). What it writes must be what the library would write, read back, and keep the
/// budget.
/// </summary>
internal sealed class StreamResponseWriterTarget : IFuzzTarget
{
    private const int MostEntries = 200;

    /// <inheritdoc/>
    public string Name => "stream-response-writer";

    /// <inheritdoc/>
    public double Weight => 0.5;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        byte[] program = new byte[2 + (4 * random.Next(30))];
        random.NextBytes(program);
        for (int i = 3; i < program.Length; i += 4)
        {
            program[i] = (byte)(random.Next(4) == 0 ? random.Next(20) : 0);
        }

        return program;
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < 2)
        {
            return signature.Value;
        }

        int budget = 1 + input[0] + (input[1] << 4);
        using StreamResponseWriter writer = new(budget);
        WALStreamResponse expected = new();
        int responses = 0;
        int most = 0;
        int end = Math.Min(input.Length, 2 + (4 * MostEntries));
        for (int at = 2; at + 4 <= end; at += 4)
        {
            WALEntry entry = EntryAt(input.Slice(at, 4), at);
            if (!writer.TryAppend(entry.SequenceNumber, entry.Payload.Span, entry.Checksum))
            {
                most = Math.Max(most, Complete(writer, expected, budget));
                responses++;
                expected.Entries.Clear();
                FuzzFindingException.Unless(
                    writer.TryAppend(entry.SequenceNumber, entry.Payload.Span, entry.Checksum),
                    "an empty response refused an entry");
            }

            expected.Entries.Add(entry);
            writer.MarkLastEntry(entry.FragmentType);
        }

        signature.AddMagnitude((ulong)responses);
        signature.AddMagnitude((ulong)most);
        signature.AddMagnitude((ulong)Complete(writer, expected, budget));
        signature.AddMagnitude((ulong)budget);
        return signature.Value;
    }

    private static WALEntry EntryAt(ReadOnlySpan<byte> step, int at)
    {
        byte[] payload = new byte[step[0] + (step[1] * 100)];
        payload.AsSpan().Fill(step[0]);
        return new WALEntry
        {
            SequenceNumber = ulong.MaxValue >> (at % 64),
            Payload = ByteString.CopyFrom(payload),
            FragmentType = (FragmentType)(step[2] & 3),
            Checksum = step[3] * 0x01010101U,
        };
    }

    private static int Complete(StreamResponseWriter writer, WALStreamResponse expected, int budget)
    {
        int length = writer.Length;
        ReadOnlySpan<byte> bytes = writer.Complete().Bytes.Span;
        FuzzFindingException.Unless(bytes.Length == length, "the response has another length than foretold");
        FuzzFindingException.Unless(
            bytes.SequenceEqual(expected.ToByteArray()) || Equals(WALStreamResponse.Parser.ParseFrom(bytes), expected),
            "the library reads another response than was written");

        // A mark comes after the budget was weighed, and adds up to three bytes.
        FuzzFindingException.Unless(
            bytes.Length <= budget + 3 || expected.Entries.Count == 1, "the response is longer than its budget");
        return expected.Entries.Count;
    }
}
