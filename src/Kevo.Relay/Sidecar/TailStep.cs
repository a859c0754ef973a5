namespace Kevo.Relay.Sidecar;

/// <summary>What <see cref="StockTail"/> found next.</summary>
public enum TailStep
{
    /// <summary>An entry; see <see cref="StockTail.BeginsTransaction"/>.</summary>
    Entry,

    /// <summary>The transaction of the last entries is complete.</summary>
    TransactionEnd,

    /// <summary>The transaction of the last entries was cut off by a crash and never committed.</summary>
    TransactionTorn,

    /// <summary>Nothing now; see <see cref="StockTail.LookAgain"/>.</summary>
    Idle,
}
