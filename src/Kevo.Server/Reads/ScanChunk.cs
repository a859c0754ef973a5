using System.Buffers;

namespace Kevo.Server.Reads;

/// <summary>
/// Writes rows as gRPC messages, prefix included, into the body of a response. The server library's own way of writing
/// a message costs more than finding the row; a chunk asks for room once and fills it with many. The caller makes sure
/// that nobody else writes to the body, and completes the chunk before anything else is done with it.
/// </summary>
/// <param name="body">The body of the response.</param>
/// <param name="roomLength">Bytes to ask for at a time.</param>
internal ref struct ScanChunk(IBufferWriter<byte> body, int roomLength)
{
    private Span<byte> _room;
    private int _used;

    /// <summary>Writes a row; its bytes are copied.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int length = ScanRow.MessageLength(key, value);
        if (length > roomLength - MessagePrefix.Length)
        {
            AddLarge(key, value, length);
            return;
        }

        if (_room.Length - _used < MessagePrefix.Length + length)
        {
            Complete();
            _room = body.GetSpan(roomLength);
        }

        Span<byte> to = _room[_used..];
        MessagePrefix.Write(to, length);
        int at = MessagePrefix.Length;
        if (key.Length > 0)
        {
            at += ProtobufBytes.Write(to[at..], ScanRow.KeyTag, key);
        }

        if (value.Length > 0)
        {
            at += ProtobufBytes.Write(to[at..], ScanRow.ValueTag, value);
        }

        _used += at;
    }

    /// <summary>Hands over what was written; more may be added.</summary>
    public void Complete()
    {
        if (_used > 0)
        {
            body.Advance(_used);
        }

        _room = default;
        _used = 0;
    }

    private void AddLarge(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int length)
    {
        Complete();
        MessagePrefix.Write(body.GetSpan(MessagePrefix.Length), length);
        body.Advance(MessagePrefix.Length);
        ScanRow.WriteMessage(body, key, value);
    }
}
