using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire;

/// <summary>
/// Turns the entries of stream responses into log entries: checks them, and decompresses what really is compressed.
/// One thread at a time; dispose it to give back its buffer and codecs.
/// </summary>
/// <remarks>
/// <para>Stock primaries announce Zstandard for payloads that are raw, so what a response announces is looked at only
/// when a payload is no raw entry. The two cannot be confused: a raw entry starts with 1, 2 or 3. A Zstandard frame
/// starts with hex 28 (or 50 to 5F when it is skippable), and a Snappy block that starts with 1, 2 or 3 holds as many
/// bytes, too few for an entry.</para>
/// <para>In steady state nothing is allocated. The decompression buffer grows to the longest payload seen, at most
/// <see cref="EntryLimits.MaxPayloadLength"/>, and is kept.</para>
/// </remarks>
public sealed class PayloadDecoder : IDisposable
{
    private readonly PayloadDecoderOptions _options;
    private ZstdCodec? _zstd;
    private SnappyCodec? _snappy;
    private byte[] _scratch = [];
    private CompressionCodec _announced;
    private long _decompressedBytes;

    /// <summary>Creates a decoder with the given limits, or the default ones.</summary>
    public PayloadDecoder(PayloadDecoderOptions? options = null) => _options = options ?? new PayloadDecoderOptions();

    /// <summary>Starts a message: takes over what it announces, and starts counting decompressed bytes anew.</summary>
    public void BeginMessage(scoped in StreamResponseReader response)
    {
        _announced = response.Compressed ? response.Codec : CompressionCodec.None;
        _decompressedBytes = 0;
    }

    /// <summary>Checks and, if need be, decompresses one entry of the message begun last.</summary>
    /// <returns>The entry; valid until the next call, and no longer than the message it came from.</returns>
    /// <exception cref="ProtocolException">
    /// Not an entry: sequence 0 or beyond the last, unknown fragment type or codec, wrong checksum, other number inside
    /// than outside, or a payload whose parts do not add up.
    /// </exception>
    /// <exception cref="CompressionException">
    /// The payload is damaged, or would decompress beyond a limit; the message names the sequence.
    /// </exception>
    public WalEntry Decode(scoped in StreamEntry entry)
    {
        ReadOnlySpan<byte> payload = entry.Payload;
        CheckOutside(entry.Sequence, entry.FragmentType);
        EntryFault fault = WalEntry.TryParse(payload, out WalEntry raw);
        if (fault == EntryFault.None)
        {
            CheckSequences(entry.Sequence, raw.Sequence);
            CheckChecksum(entry.Sequence, entry.Checksum, payload);
            return raw;
        }

        if (_announced == CompressionCodec.None)
        {
            ThrowNoEntry(entry.Sequence, fault, payload.Length, "the payload");
        }

        return DecodeCompressed(entry.Sequence, entry.Checksum, payload);
    }

    /// <summary>Gives back the buffer and the codecs. The decoder may be used again; it then takes new ones.</summary>
    public void Dispose()
    {
        if (_scratch.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = [];
        }

        _zstd?.Dispose();
        _zstd = null;
        _snappy?.Dispose();
        _snappy = null;
    }

    private WalEntry DecodeCompressed(ulong sequence, uint checksum, ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> content = Decompress(sequence, frame);
        _decompressedBytes += content.Length;
        EntryFault fault = WalEntry.TryParse(content, out WalEntry entry);
        if (fault != EntryFault.None)
        {
            ThrowNoEntry(sequence, fault, content.Length, "the decompressed payload");
        }

        CheckSequences(sequence, entry.Sequence);

        // The protocol does not say whether a sender computes its checksum before or after compressing; either proves
        // the bytes.
        if (checksum != 0 && checksum != Crc32.HashToUInt32(content))
        {
            CheckChecksum(sequence, checksum, frame);
        }

        return entry;
    }

    private ReadOnlySpan<byte> Decompress(ulong sequence, ReadOnlySpan<byte> frame)
    {
        ICodec codec = AnnouncedCodec(sequence);
        if (!codec.TryGetContentBound(frame, out ulong bound))
        {
            ThrowDamaged(sequence);
        }

        long limit = Math.Min(EntryLimits.MaxPayloadLength, _options.MaxDecompressedBytes - _decompressedBytes);
        int room = (int)Math.Min(bound, (ulong)limit);
        if (_scratch.Length < room)
        {
            GrowScratch(room);
        }

        switch (codec.Decompress(frame, _scratch.AsSpan(0, room), out int written))
        {
            case CodecFault.TooLarge when room == limit:
                ThrowTooLarge(sequence, limit);
                break;
            case CodecFault.TooLarge or CodecFault.Malformed:
                ThrowDamaged(sequence);
                break;
        }

        return _scratch.AsSpan(0, written);
    }

    private ICodec AnnouncedCodec(ulong sequence) => _announced switch
    {
        CompressionCodec.Zstd => _zstd ??= new ZstdCodec(),
        CompressionCodec.Snappy => _snappy ??= new SnappyCodec(),
        _ => throw new ProtocolException(
            $"Entry {sequence} is compressed with codec {(int)_announced}, which this version does not know."),
    };

    private void GrowScratch(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(length);
        if (_scratch.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
        }

        _scratch = larger;
    }

    private static void CheckOutside(ulong sequence, FragmentType fragmentType)
    {
        if (sequence - 1 >= EntryLimits.LastSequence)
        {
            throw new ProtocolException(sequence == 0
                ? "An entry has sequence number 0, which no primary assigns."
                : $"An entry has sequence number {sequence}, beyond the last one, {EntryLimits.LastSequence}.");
        }

        if ((uint)fragmentType > (uint)FragmentType.Last)
        {
            throw new ProtocolException($"Entry {sequence} has the unknown fragment type {(int)fragmentType}.");
        }
    }

    private static void CheckSequences(ulong outside, ulong inside)
    {
        if (outside != inside)
        {
            throw new ProtocolException($"Entry {outside} carries a payload that says it is entry {inside}.");
        }
    }

    private static void CheckChecksum(ulong sequence, uint checksum, ReadOnlySpan<byte> payload)
    {
        if (checksum == 0)
        {
            return;
        }

        uint computed = Crc32.HashToUInt32(payload);
        if (computed != checksum)
        {
            throw new ProtocolException(
                $"Entry {sequence} was damaged on its way: its checksum is {checksum:x8}, its payload has " +
                $"{computed:x8}.");
        }
    }

    [DoesNotReturn]
    private static void ThrowNoEntry(ulong sequence, EntryFault fault, int length, string what) =>
        throw new ProtocolException($"Entry {sequence}: {what} of {length} bytes is no log entry ({fault}).");

    [DoesNotReturn]
    private void ThrowDamaged(ulong sequence) => throw new CompressionException(
        $"The payload of entry {sequence} is neither a log entry nor an undamaged frame of the announced codec " +
        $"({_announced}).");

    [DoesNotReturn]
    private void ThrowTooLarge(ulong sequence, long limit) => throw new CompressionException(
        $"The payload of entry {sequence} ({_announced}) decompresses to more than the {limit} bytes allowed for it; " +
        $"a message may decompress to {_options.MaxDecompressedBytes} bytes in all.");
}
