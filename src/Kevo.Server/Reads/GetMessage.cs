using System.Buffers;

namespace Kevo.Server.Reads;

/// <summary>The messages of Get as bytes of a body, prefix included, without generated messages in between.</summary>
internal static class GetMessage
{
    private const byte KeyTag = (1 << 3) | 2;

    // Prefix, tag, and a length of one byte.
    private const int ShortHeadLength = MessagePrefix.Length + 2;

    /// <summary>
    /// The key of a body that is one uncompressed GetRequest with an acceptable key and nothing else. False for
    /// whatever else it is, also for requests that are only written in another way.
    /// </summary>
    public static bool TryReadKey(in ReadOnlySequence<byte> body, out ReadOnlySpan<byte> key)
    {
        key = default;
        ReadOnlySpan<byte> bytes = body.FirstSpan;
        if (!body.IsSingleSegment
            || bytes.Length <= ShortHeadLength
            || !MessagePrefix.IsWholeMessage(bytes)
            || bytes[MessagePrefix.Length] != KeyTag)
        {
            return false;
        }

        // Seven bits in each byte; the longest key's length has two.
        int length = bytes[ShortHeadLength - 1];
        key = bytes[ShortHeadLength..];
        if (length >= 0x80)
        {
            length = (length & 0x7F) | (key[0] << 7);
            key = key[1..];
        }

        return key.Length == length && length is > 0 and <= RequestRules.MaxKeyLength;
    }

    /// <summary>Writes a GetResponse; the value is copied.</summary>
    public static void WriteAnswer(IBufferWriter<byte> body, bool found, ReadOnlySpan<byte> value)
    {
        int length = found ? ProtobufBytes.FieldLength(value.Length) + 2 : 0;
        Span<byte> to = body.GetSpan(MessagePrefix.Length + length);
        MessagePrefix.Write(to, length);
        if (found)
        {
            int at = MessagePrefix.Length;
            if (value.Length > 0)
            {
                at += ProtobufBytes.Write(to[at..], ValueAnswer.ValueTag, value);
            }

            to[at] = ValueAnswer.FoundTag;
            to[at + 1] = 1;
        }

        body.Advance(MessagePrefix.Length + length);
    }
}
