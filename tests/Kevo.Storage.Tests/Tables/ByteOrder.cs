namespace Kevo.Storage.Tests.Tables;

/// <summary>Keys as unsigned bytes, the shorter first on a tie.</summary>
public sealed class ByteOrder : IComparer<byte[]>
{
    public static ByteOrder Instance { get; } = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
