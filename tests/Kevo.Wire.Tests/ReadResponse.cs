using System.Globalization;
using System.Text;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>
/// Everything in a response as one text, read by our reader or by the protobuf library, to compare the two.
/// </summary>
internal static class ReadResponse
{
    /// <summary>What our reader finds.</summary>
    public static string ByReader(ReadOnlySpan<byte> bytes)
    {
        StreamResponseReader reader = new(bytes);
        StringBuilder text = new();
        Header(text, reader.Compressed, (int)reader.Codec, reader.EntryCount);
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            Entry(text, entry.Sequence, entry.Payload, (int)entry.FragmentType, entry.Checksum);
        }

        return text.ToString();
    }

    /// <summary>What the protobuf library finds.</summary>
    public static string ByLibrary(byte[] bytes)
    {
        WALStreamResponse response = WALStreamResponse.Parser.ParseFrom(bytes);
        StringBuilder text = new();
        Header(text, response.Compressed, (int)response.Codec, response.Entries.Count);
        foreach (WALEntry entry in response.Entries)
        {
            Entry(text, entry.SequenceNumber, entry.Payload.Span, (int)entry.FragmentType, entry.Checksum);
        }

        return text.ToString();
    }

    private static void Header(StringBuilder text, bool compressed, int codec, int entries) =>
        text.Append(CultureInfo.InvariantCulture, $"compressed={compressed} codec={codec} entries={entries}");

    private static void Entry(
        StringBuilder text, ulong sequence, ReadOnlySpan<byte> payload, int fragment, uint checksum) =>
        text.Append(
            CultureInfo.InvariantCulture, $" [{sequence} f={fragment} c={checksum:x} {Convert.ToHexString(payload)}]");
}
