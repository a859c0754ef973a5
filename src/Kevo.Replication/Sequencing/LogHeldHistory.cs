using System.Diagnostics.CodeAnalysis;
using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Replication.Sequencing;

/// <summary>The held history of a node that keeps a log.</summary>
public sealed class LogHeldHistory(ILogSource log) : IHeldHistory
{
    /// <inheritdoc/>
    public bool TryOpen(LogPosition position, [NotNullWhen(true)] out IHeldTransaction? transaction)
    {
        transaction = null;
        if (position.Sequence == 0 || log.First == LogPosition.None || position < log.First || position > log.Durable)
        {
            return false;
        }

        ILogCursor cursor;
        try
        {
            cursor = log.OpenCursor(position);
        }
        catch (RetentionException)
        {
            // Deleted between the comparison above and now: the same answer as below the first position.
            return false;
        }

        if (!cursor.MoveNext())
        {
            cursor.Dispose();
            return false;
        }

        transaction = new Transaction(cursor, position.Sequence);
        return true;
    }

    private sealed class Transaction(ILogCursor cursor, ulong sequence) : IHeldTransaction
    {
        public bool TryReadEntry(out WalEntry entry)
        {
            while (cursor.TryReadEntry(out entry))
            {
                if (entry.Sequence == sequence)
                {
                    return true;
                }

                if (entry.Sequence > sequence)
                {
                    break;
                }
            }

            entry = default;
            return false;
        }

        public void Dispose() => cursor.Dispose();
    }
}
