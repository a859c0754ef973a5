using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Kevo.Storage;

namespace Kevo.Server.Reads;

/// <summary>
/// One row of Scan or TxScan (ScanResponse and TxScanResponse have the same fields). One object serves a whole scan: it
/// is a window on the cursor, and writing it copies key and value from the store straight into the response.
/// </summary>
internal sealed class ScanRow
{
    private const byte KeyTag = (1 << 3) | 2;
    private const byte ValueTag = (2 << 3) | 2;

    private readonly IEntryCursor? _cursor;
    private ReadOnlyMemory<byte> _key;
    private ReadOnlyMemory<byte> _value;

    /// <summary>Shows whatever <paramref name="cursor"/> stands on when the row is written.</summary>
    public ScanRow(IEntryCursor cursor) => _cursor = cursor;

    /// <summary>Shows a row another server sent; see <see cref="Show"/>.</summary>
    public ScanRow()
    {
    }

    /// <summary>
    /// Sets what a row without a cursor shows. The memory must stay unchanged until the row is written.
    /// </summary>
    public void Show(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        _key = key;
        _value = value;
    }

    /// <summary>Writes the row as it is now; synchronous, so the cursor may move as soon as it returns.</summary>
    public static void Serialize(ScanRow row, SerializationContext context)
    {
        ReadOnlySpan<byte> key = row._cursor is null ? row._key.Span : row._cursor.Key;
        ReadOnlySpan<byte> value = row._cursor is null ? row._value.Span : row._cursor.Value;
        context.SetPayloadLength(FieldLength(key.Length) + FieldLength(value.Length));
        IBufferWriter<byte> writer = context.GetBufferWriter();
        if (key.Length > 0)
        {
            ProtobufBytes.Write(writer, KeyTag, key);
        }

        if (value.Length > 0)
        {
            ProtobufBytes.Write(writer, ValueTag, value);
        }

        context.Complete();
    }

    private static int FieldLength(int length) =>
        length == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(length) + length;
}
