namespace Kevo.Storage.Kevo;

/// <summary>
/// Groups the entries of a <see cref="StockWalTail"/> into transactions: a batch is a run of whole records with one
/// sequence, everything else stands alone. Owns the tail. One thread.
/// </summary>
/// <remarks>
/// The format marks neither the beginning nor the end of a batch, so the last run of a file that is being written is
/// open: more of it may arrive. It is handed out when something else follows it, or when the caller says that the file
/// has been quiet long enough; stock hands a batch to the system in one write, so a short while is enough.
/// </remarks>
public sealed class StockTransactionTail(StockWalTail tail) : IDisposable
{
    private readonly StockTransaction _open = new();
    private bool _hasStashed;

    /// <summary>True while a run is open that <c>closeOpenRun</c> would hand out.</summary>
    public bool HasOpenRun => _open.Count > 0;

    /// <summary>Behind the last transaction that was handed out: where to resume.</summary>
    public StockWalPlace Place { get; private set; } = tail.Place;

    /// <summary>
    /// Moves the next whole transaction into <paramref name="transaction"/>; false when there is none yet.
    /// </summary>
    /// <param name="transaction">Is cleared and filled.</param>
    /// <param name="closeOpenRun">True when the file was seen quiet, so that an open run counts as complete.</param>
    /// <exception cref="Core.KevoException">As <see cref="StockWalTail.Step"/>; an open run is kept.</exception>
    public bool TryRead(StockTransaction transaction, bool closeOpenRun)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        while (true)
        {
            if (_hasStashed)
            {
                if (!Joins())
                {
                    return HandOut(transaction);
                }

                _open.Add(tail.Entry, tail.EntryPlace, tail.Place);
                _hasStashed = false;
                if (!tail.IsSingleRecord)
                {
                    return HandOut(transaction);
                }
            }

            if (tail.Step() == StockTailStep.Idle)
            {
                return closeOpenRun && _open.Count > 0 && HandOut(transaction);
            }

            _hasStashed = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _open.Dispose();
        tail.Dispose();
    }

    private bool Joins() =>
        _open.Count == 0
        || (tail.IsSingleRecord && tail.Entry.Sequence == _open.Sequence && tail.EntryPlace == _open.End);

    private bool HandOut(StockTransaction transaction)
    {
        transaction.Clear();
        for (int i = 0; i < _open.Count; i++)
        {
            transaction.Add(_open[i], i == 0 ? _open.Begin : _open.End, _open.End);
        }

        Place = _open.End;
        _open.Clear();
        return true;
    }
}
