using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Storage.Log;

namespace Kevo.Storage.Tests.Log;

/// <summary>Makes entries for the log tests and reads them back in a form that compares.</summary>
internal static class Entries
{
    /// <summary>A put whose key and value follow from its sequence.</summary>
    internal static byte[] Put(ulong sequence, int valueLength = 20, string key = "key")
    {
        byte[] keyBytes = Encoding.ASCII.GetBytes(key + sequence.ToString("D8", CultureInfo.InvariantCulture));
        byte[] value = new byte[valueLength];
        new Random((int)sequence).NextBytes(value);
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, keyBytes.Length, valueLength)];
        _ = WalEntry.Write(payload, Operation.Put, sequence, keyBytes, value);
        return payload;
    }

    /// <summary>Appends an entry from its payload.</summary>
    internal static void Append(this WriteAheadLog log, byte[] payload)
    {
        Assert.Equal(EntryFault.None, WalEntry.TryParse(payload, out WalEntry entry));
        log.Append(in entry);
    }

    /// <summary>Appends one put per sequence.</summary>
    internal static void Append(this WriteAheadLog log, ulong first, int count, int valueLength = 20)
    {
        for (ulong sequence = first; sequence < first + (ulong)count; sequence++)
        {
            log.Append(Put(sequence, valueLength));
        }
    }

    /// <summary>Appends one put per sequence and syncs: one frame.</summary>
    internal static void Write(this WriteAheadLog log, ulong first, int count, int valueLength = 20)
    {
        log.Append(first, count, valueLength);
        log.Sync();
    }

    /// <summary>Every payload from a position on, as hexadecimal text.</summary>
    internal static List<string> ReadAll(this WriteAheadLog log, LogPosition from)
    {
        using LogCursor cursor = log.OpenCursor(from);
        return cursor.ReadRest();
    }

    /// <summary>Every payload a cursor still has.</summary>
    internal static List<string> ReadRest(this ILogCursor cursor)
    {
        List<string> found = [];
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                found.Add(Convert.ToHexString(entry.Payload));
            }
        }

        return found;
    }

    /// <summary>What <see cref="ReadAll"/> yields for puts of these sequences.</summary>
    internal static List<string> Expected(ulong first, int count, int valueLength = 20) =>
        [.. Enumerable.Range(0, count).Select(i => Convert.ToHexString(Put(first + (ulong)i, valueLength)))];
}
