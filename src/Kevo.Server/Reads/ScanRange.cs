using Google.Protobuf;

namespace Kevo.Server.Reads;

/// <summary>
/// What a scan covers, by stock's rules of precedence: with a prefix or a suffix (both must match) the start and end
/// keys are ignored; otherwise start is inclusive, end exclusive, and an empty one leaves that side open.
/// </summary>
internal readonly struct ScanRange
{
    private readonly ByteString _suffix;

    public ScanRange(ByteString prefix, ByteString suffix, ByteString startKey, ByteString endKey, int limit)
    {
        _suffix = suffix;
        bool byAffix = prefix.Length > 0 || suffix.Length > 0;
        Start = byAffix ? prefix.Memory : startKey.Memory;
        End = byAffix ? AfterPrefix(prefix.Span) : endKey.Memory;
        IsEmpty = End.Length > 0 && Start.Span.SequenceCompareTo(End.Span) >= 0;
        Limit = limit <= 0 ? long.MaxValue : limit;
    }

    /// <summary>The first key, inclusive; empty for the first there is.</summary>
    public ReadOnlyMemory<byte> Start { get; }

    /// <summary>The last key, exclusive; empty for no end.</summary>
    public ReadOnlyMemory<byte> End { get; }

    /// <summary>True when no key can be in it.</summary>
    public bool IsEmpty { get; }

    /// <summary>Most rows to return.</summary>
    public long Limit { get; }

    /// <summary>Whether a key between start and end also has the suffix asked for.</summary>
    public bool Accepts(ReadOnlySpan<byte> key) => _suffix.Length == 0 || key.EndsWith(_suffix.Span);

    /// <summary>The smallest key above all keys with the prefix; empty when there is none.</summary>
    private static ReadOnlyMemory<byte> AfterPrefix(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return default;
        }

        byte[] after = prefix[..(last + 1)].ToArray();
        after[last]++;
        return after;
    }
}
