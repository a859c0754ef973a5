using System.Buffers;
using Grpc.Core;

namespace Kevo.Server.Reads;

/// <summary>
/// One row of Scan or TxScan (ScanResponse and TxScanResponse have the same fields) that another server sent and this
/// one passes on. One object serves a whole scan. Rows of our own store are written by <see cref="ScanChunk"/>.
/// </summary>
internal sealed class ScanRow
{
    /// <summary>The tag of the field that holds the key.</summary>
    public const byte KeyTag = (1 << 3) | 2;

    /// <summary>The tag of the field that holds the value.</summary>
    public const byte ValueTag = (2 << 3) | 2;

    private ReadOnlyMemory<byte> _key;
    private ReadOnlyMemory<byte> _value;

    /// <summary>Bytes of a row's message.</summary>
    public static int MessageLength(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        ProtobufBytes.FieldLength(key.Length) + ProtobufBytes.FieldLength(value.Length);

    /// <summary>Sets the row. The memory must stay unchanged until the row is written.</summary>
    public void Show(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        _key = key;
        _value = value;
    }

    /// <summary>Writes the row as it is now; synchronous.</summary>
    public static void Serialize(ScanRow row, SerializationContext context)
    {
        ReadOnlySpan<byte> key = row._key.Span;
        ReadOnlySpan<byte> value = row._value.Span;
        context.SetPayloadLength(MessageLength(key, value));
        WriteMessage(context.GetBufferWriter(), key, value);
        context.Complete();
    }

    /// <summary>Writes a row's message.</summary>
    public static void WriteMessage(IBufferWriter<byte> writer, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length > 0)
        {
            ProtobufBytes.Write(writer, KeyTag, key);
        }

        if (value.Length > 0)
        {
            ProtobufBytes.Write(writer, ValueTag, value);
        }
    }
}
