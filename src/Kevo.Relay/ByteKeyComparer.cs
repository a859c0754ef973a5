namespace Kevo.Relay;

/// <summary>Orders keys as Kevo does: by unsigned bytes, a prefix before what it begins.</summary>
internal sealed class ByteKeyComparer : IComparer<byte[]>
{
    public static ByteKeyComparer Instance { get; } = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y.AsSpan());
}
