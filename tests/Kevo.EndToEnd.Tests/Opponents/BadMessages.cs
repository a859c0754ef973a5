using System.Security.Cryptography;
using Google.Protobuf;
using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>Messages that no primary should send.</summary>
internal static class BadMessages
{
    private const ulong Next = ScriptedPrimary.GoodEntries + 1;

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, WALStreamResponse> All { get; } =
        new Dictionary<string, WALStreamResponse>
    {
        ["oversized message"] =
            Of(Entry(Next, new byte[EntryLimits.MaxValueLength]), Entry(Next + 1, new byte[8 << 20])),
        ["truncated payload"] = Of(With(Entry(Next), payload => payload[..^3])),
        ["corrupt length"] = Of(With(Entry(Next), Damaged)),
        ["unknown operation"] = Of(With(Entry(Next), payload => [9, .. payload.AsSpan(1)])),
        ["unknown codec"] =
            new WALStreamResponse { Compressed = true, Codec = (CompressionCodec)9, Entries = { Noise() } },
        ["damaged compression"] =
            new WALStreamResponse { Compressed = true, Codec = CompressionCodec.Zstd, Entries = { Noise() } },
        ["unknown fragment type"] = Of(Changed(Entry(Next), entry => entry.FragmentType = (FragmentType)9)),
        ["fragment of a stock stream"] = Of(Changed(Entry(Next), entry => entry.FragmentType = FragmentType.First)),
        ["wrong checksum"] = Of(Changed(Entry(Next), entry => entry.Checksum = 12345)),
        ["sequence 0"] = Of(Entry(0)),
        ["sequence overflow"] = Of(Entry(ulong.MaxValue)),
        ["gap that never closes"] = Of(Entry(Next + 5)),
    };

    /// <summary>A good put.</summary>
    public static WALEntry Entry(ulong sequence, byte[]? value = null)
    {
        value ??= [1, 2, 3];
        ReadOnlySpan<byte> key = "key"u8;
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, key.Length, value.Length)];
        WalEntry.Write(payload, Operation.Put, sequence, key, value);
        return new WALEntry { SequenceNumber = sequence, Payload = ByteString.CopyFrom(payload) };
    }

    private static WALStreamResponse Of(params WALEntry[] entries) => new() { Entries = { entries } };

    private static WALEntry With(WALEntry entry, Func<byte[], byte[]> change) =>
        Changed(entry, changed => changed.Payload = ByteString.CopyFrom(change(entry.Payload.ToByteArray())));

    private static WALEntry Changed(WALEntry entry, Action<WALEntry> change)
    {
        change(entry);
        return entry;
    }

    private static byte[] Damaged(byte[] payload)
    {
        // The length of the key, four bytes after operation and sequence.
        payload[9] = 200;
        return payload;
    }

    private static WALEntry Noise() => new()
    {
        SequenceNumber = Next,
        Payload = ByteString.CopyFrom(SHA256.HashData("noise"u8)),
    };
}
