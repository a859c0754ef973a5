namespace Kevo.Replication.Bootstrap;

/// <summary>Orders keys by their unsigned bytes.</summary>
internal sealed class KeyComparer : IComparer<byte[]>
{
    /// <summary>The one instance.</summary>
    public static KeyComparer Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
