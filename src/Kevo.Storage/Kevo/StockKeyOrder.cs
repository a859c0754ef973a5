namespace Kevo.Storage.Kevo;

/// <summary>Keys as unsigned bytes, the shorter first on a tie.</summary>
internal sealed class StockKeyOrder : IComparer<byte[]>
{
    public static StockKeyOrder Instance { get; } = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
