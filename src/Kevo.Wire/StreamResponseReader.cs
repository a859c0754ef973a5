using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire;

/// <summary>
/// Reads one encoded <c>WALStreamResponse</c> in place: entries come as views over the message, none as an object.
/// </summary>
/// <remarks>
/// <para>Creating the reader passes once over the outer fields, because senders write the compression flags behind the
/// entries they concern. Truncation and bad lengths between entries therefore show before the first entry is handed
/// out; a fault inside an entry shows when that entry is read.</para>
/// <para>Fields may come in any order; of a repeated single field the last counts; unknown fields are passed over.
/// Stricter than the protobuf library: groups, a known field with a wrong wire type, and numbers beyond their width
/// are refused. Every refusal is a <see cref="Core.ProtocolException"/> that gives the offset; no other exception is
/// thrown.</para>
/// </remarks>
public ref struct StreamResponseReader
{
    private const uint EntriesTag = (1 << 3) | 2;
    private const uint CompressedTag = (2 << 3) | 0;
    private const uint CodecTag = (3 << 3) | 0;
    private const uint SequenceTag = (1 << 3) | 0;
    private const uint PayloadTag = (2 << 3) | 2;
    private const uint FragmentTypeTag = (3 << 3) | 0;
    private const uint ChecksumTag = (4 << 3) | 0;

    private FieldCursor _cursor;

    /// <summary>
    /// Starts reading <paramref name="response"/>, which must stay unchanged while the reader is in use.
    /// </summary>
    /// <exception cref="Core.ProtocolException">The outer fields are malformed.</exception>
    public StreamResponseReader(ReadOnlySpan<byte> response)
    {
        FieldCursor scan = new(response, 0);
        while (!scan.AtEnd)
        {
            uint tag = scan.ReadTag();
            switch (tag)
            {
                case EntriesTag:
                    _ = scan.ReadBytes();
                    EntryCount++;
                    break;
                case CompressedTag:
                    Compressed = scan.ReadVarint() != 0;
                    break;
                case CodecTag:
                    Codec = (CompressionCodec)(int)scan.ReadVarint();
                    break;
                default:
                    SkipUnknown(ref scan, tag, lastKnownField: 3);
                    break;
            }
        }

        _cursor = new FieldCursor(response, 0);
    }

    /// <summary>
    /// What the sender claims about the payloads. Stock primaries claim it wrongly; see <see cref="PayloadDecoder"/>.
    /// </summary>
    public bool Compressed { get; }

    /// <summary>The codec announced; any number may come over the wire.</summary>
    public CompressionCodec Codec { get; }

    /// <summary>Entries in the whole response. 0 is a heartbeat.</summary>
    public int EntryCount { get; }

    /// <summary>Reads the next entry.</summary>
    /// <returns>False when there is none left.</returns>
    /// <exception cref="Core.ProtocolException">The entry is malformed.</exception>
    public bool TryReadEntry(out StreamEntry entry)
    {
        while (!_cursor.AtEnd)
        {
            uint tag = _cursor.ReadTag();
            if (tag == EntriesTag)
            {
                ReadOnlySpan<byte> bytes = _cursor.ReadBytes();
                FieldCursor fields = new(bytes, _cursor.Offset - bytes.Length);
                ReadEntry(ref fields, out entry);
                return true;
            }

            _cursor.Skip(tag);
        }

        entry = default;
        return false;
    }

    // Built in place: code that is compiled for size copies a structure of this length slowly.
    private static void ReadEntry(scoped ref FieldCursor cursor, out StreamEntry entry)
    {
        ulong sequence = 0;
        ReadOnlySpan<byte> payload = default;
        int fragmentType = 0;
        uint checksum = 0;
        while (!cursor.AtEnd)
        {
            uint tag = cursor.ReadTag();
            switch (tag)
            {
                case SequenceTag:
                    sequence = cursor.ReadVarint();
                    break;
                case PayloadTag:
                    payload = cursor.ReadBytes();
                    break;
                case FragmentTypeTag:
                    fragmentType = (int)cursor.ReadVarint();
                    break;
                case ChecksumTag:
                    checksum = (uint)cursor.ReadVarint();
                    break;
                default:
                    SkipUnknown(ref cursor, tag, lastKnownField: 4);
                    break;
            }
        }

        entry = new StreamEntry(sequence, payload, (FragmentType)fragmentType, checksum);
    }

    private static void SkipUnknown(ref FieldCursor cursor, uint tag, uint lastKnownField)
    {
        if (tag >> 3 <= lastKnownField)
        {
            cursor.ThrowWireType(tag);
        }

        cursor.Skip(tag);
    }
}
