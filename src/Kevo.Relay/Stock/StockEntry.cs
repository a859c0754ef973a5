using Google.Protobuf;
using Kevo.Core;

namespace Kevo.Relay.Stock;

/// <summary>One operation in the log of the simulated primary.</summary>
public sealed class StockEntry
{
    private readonly byte[] _payload;

    private StockEntry(byte[] payload)
    {
        _payload = payload;
        Payload = UnsafeByteOperations.UnsafeWrap(payload);
    }

    /// <summary>The number of the write or batch it belongs to.</summary>
    public ulong Sequence => WalEntry.FromVerified(_payload).Sequence;

    /// <summary>What it does.</summary>
    public Operation Operation => WalEntry.FromVerified(_payload).Operation;

    /// <summary>Its key; a view, valid as long as the entry.</summary>
    public ReadOnlySpan<byte> Key => WalEntry.FromVerified(_payload).Key;

    /// <summary>Its value, empty for a delete; a view, valid as long as the entry.</summary>
    public ReadOnlySpan<byte> Value => WalEntry.FromVerified(_payload).Value;

    /// <summary>The entry as it travels.</summary>
    public ByteString Payload { get; }

    /// <summary>Bytes the entry takes in a log file: payload and one record header of 7 bytes.</summary>
    internal int FileBytes => _payload.Length + 7;

    internal static StockEntry Create(
        Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        WalEntry.Write(payload, operation, sequence, key, value);
        return new StockEntry(payload);
    }
}
