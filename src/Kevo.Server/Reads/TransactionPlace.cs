namespace Kevo.Server.Reads;

/// <summary>
/// A place in the table of transactions, taken before its transaction exists; given back unless filled.
/// </summary>
internal sealed class TransactionPlace(TransactionTable table) : IDisposable
{
    private bool _filled;

    /// <summary>Opens a read-only transaction in this place; the table owns the view from here on.</summary>
    public ReadTransaction OpenRead(SnapshotView view)
    {
        ReadTransaction opened = table.AddRead(view);
        _filled = true;
        return opened;
    }

    /// <summary>Records a transaction of the primary in this place.</summary>
    public ForwardedTransaction OpenForwarded(string primaryId)
    {
        ForwardedTransaction opened = table.AddForwarded(primaryId);
        _filled = true;
        return opened;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_filled)
        {
            table.Abandon();
        }
    }
}
