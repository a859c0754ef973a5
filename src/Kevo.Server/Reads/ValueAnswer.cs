using System.Buffers;
using Google.Protobuf;
using Grpc.Core;

namespace Kevo.Server.Reads;

/// <summary>
/// The answer to Get and TxGet (GetResponse and TxGetResponse have the same fields). Holds a pooled copy of the value
/// until it is written, because the snapshot it came from is closed by then; written without a generated message.
/// </summary>
internal sealed class ValueAnswer
{
    /// <summary>The tag of the field that holds the value.</summary>
    public const byte ValueTag = (1 << 3) | 2;

    /// <summary>The tag of the field that says whether there is one; its content is one byte.</summary>
    public const byte FoundTag = 2 << 3;

    /// <summary>The answer for an absent or deleted key: an empty message.</summary>
    public static readonly ValueAnswer Absent = new(null, 0, found: false);

    private readonly int _length;
    private readonly bool _found;
    private byte[]? _value;

    private ValueAnswer(byte[]? value, int length, bool found)
    {
        _value = value;
        _length = length;
        _found = found;
    }

    /// <summary>A present key; the value is copied.</summary>
    public static ValueAnswer Found(ReadOnlySpan<byte> value)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(value.Length);
        value.CopyTo(copy);
        return new ValueAnswer(copy, value.Length, found: true);
    }

    /// <summary>Writes the message. The buffer goes back to the pool, so an answer is written once.</summary>
    public static void Serialize(ValueAnswer answer, SerializationContext context)
    {
        if (!answer._found)
        {
            context.SetPayloadLength(0);
            _ = context.GetBufferWriter();
            context.Complete();
            return;
        }

        int prefix = answer._length == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(answer._length);
        context.SetPayloadLength(prefix + answer._length + 2);
        IBufferWriter<byte> writer = context.GetBufferWriter();
        if (answer._length > 0)
        {
            ProtobufBytes.Write(writer, ValueTag, answer._value.AsSpan(0, answer._length));
        }

        Span<byte> found = writer.GetSpan(2);
        found[0] = FoundTag;
        found[1] = 1;
        writer.Advance(2);
        context.Complete();
        ArrayPool<byte>.Shared.Return(answer._value!);
        answer._value = null;
    }
}
