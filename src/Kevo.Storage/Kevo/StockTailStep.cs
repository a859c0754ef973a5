namespace Kevo.Storage.Kevo;

/// <summary>What one step of a <see cref="StockWalTail"/> found.</summary>
public enum StockTailStep
{
    /// <summary>The next entry.</summary>
    Entry,

    /// <summary>Nothing complete is there yet; ask again later.</summary>
    Idle,
}
