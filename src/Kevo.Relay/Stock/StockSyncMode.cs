namespace Kevo.Relay.Stock;

/// <summary>When a stock primary syncs its log (<c>wal_sync_mode</c> of its manifest).</summary>
public enum StockSyncMode
{
    /// <summary>Never: the node information always names sequence 0.</summary>
    None = 0,

    /// <summary>After every <see cref="StockPrimaryOptions.SyncBytes"/> bytes.</summary>
    Batch = 1,

    /// <summary>With every write; the default.</summary>
    Immediate = 2,
}
