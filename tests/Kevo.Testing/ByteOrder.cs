namespace Kevo.Testing;

/// <summary>Ascending unsigned byte order, the order of keys.</summary>
public sealed class ByteOrder : IComparer<byte[]>
{
    /// <summary>The one instance.</summary>
    public static readonly ByteOrder Instance = new();

    private ByteOrder()
    {
    }

    /// <inheritdoc/>
    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
