using Kevo.Core;

namespace Kevo.Replication.Sequencing;

/// <summary>
/// Compares the last transaction this node holds with the one the primary sends at the start of a stream. Only when
/// they are the same, byte for byte, does the rest of the stream continue our history. One thread at a time.
/// </summary>
/// <param name="position">The last position held.</param>
/// <param name="held">Its entries, disposed with this object; null when its bytes are not at hand, so that only its
/// presence can be checked.</param>
internal sealed class OverlapCheck(LogPosition position, IHeldTransaction? held) : IDisposable
{
    private const string Advice =
        "The primary was restored, re-created, or lost writes in a crash. Nothing was changed here; resynchronise "
        + "from a "
        + "snapshot, or keep this node as the better copy.";

    private int _compared;

    /// <summary>The sequence that must come first.</summary>
    public ulong Sequence => position.Sequence;

    /// <summary>How many entries of the transaction came and were equal.</summary>
    public int Compared => _compared;

    /// <summary>One entry of the transaction came; it must be the next one held.</summary>
    /// <exception cref="DivergenceException">It is not.</exception>
    public void Compare(in WalEntry received)
    {
        _compared++;
        if (held is null)
        {
            return;
        }

        if (!held.TryReadEntry(out WalEntry ours))
        {
            throw new DivergenceException(
                $"The primary's transaction {position} has more operations than the {_compared - 1} held here. "
                + $"{Advice}");
        }

        if (!ours.Payload.SequenceEqual(received.Payload))
        {
            throw new DivergenceException(
                $"Operation {_compared} of transaction {position} is not what this node holds: the primary sends a "
                + $"{received.Operation} of {received.Payload.Length} bytes, held is a {ours.Operation} of "
                + $"{ours.Payload.Length} "
                + $"bytes{(ours.Key.SequenceEqual(received.Key) ? " of the same key" : "")}. {Advice}");
        }
    }

    /// <summary>The transaction is over; nothing more of it may be held.</summary>
    /// <exception cref="DivergenceException">More of it is held.</exception>
    public void Complete()
    {
        if (held is not null && held.TryReadEntry(out _))
        {
            throw new DivergenceException(
                $"The primary's transaction {position} has only {_compared} operations; more are held here. {Advice}");
        }
    }

    /// <summary>The error when the stream does not bring the transaction at all.</summary>
    public DivergenceException Missing(string instead) => new(
        $"The primary does not send transaction {position}, the last one this node holds: {instead}. {Advice}");

    /// <inheritdoc/>
    public void Dispose() => held?.Dispose();
}
