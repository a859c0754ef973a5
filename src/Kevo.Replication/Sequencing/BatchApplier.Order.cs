using System.Diagnostics.CodeAnalysis;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Sequencing;

/// <content>The order of entries: what is next, what is old, what is missing, where transactions end.</content>
public sealed partial class BatchApplier
{
    private long _entries;
    private long _bytes;
    private long _transactions;
    private long _duplicates;
    private long _outOfOrder;
    private long _batchBytes;
    private int _consumed;

    /// <summary>
    /// Takes in one response. The caller keeps owning it; nothing of it is referenced after the call.
    /// </summary>
    /// <param name="message">The response; after <see cref="ApplyOutcome.BatchFull"/>, the same again.</param>
    /// <param name="batchBytes">
    /// Payload bytes (counted from the last sync) after which the batch is full. At least one transaction is always
    /// taken.
    /// </param>
    /// <exception cref="ProtocolException">
    /// The response breaks the protocol; nothing of the bad entry was applied.
    /// </exception>
    /// <exception cref="CompressionException">A payload cannot be decompressed.</exception>
    /// <exception cref="DivergenceException">The sender's history is not ours.</exception>
    /// <exception cref="RetentionException">The sender no longer has what comes next.</exception>
    /// <exception cref="GapException">What comes next can never be sent whole.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public ApplyOutcome Apply(StreamMessage message, long batchBytes)
    {
        if (_rules.LiveOnly)
        {
            return ApplyLive(message);
        }

        StreamResponseReader reader = message.Read();
        bool capped = _rules.EntryCap > 0 && reader.EntryCount >= _rules.EntryCap;
        ulong heldBack = capped && !PlantedBugs.Has(PlantedBug.TransactionSplitAtCut) ? UnsafeLast(message) : 0;
        bool live = reader.Compressed;
        _decoder.BeginMessage(in reader);
        ulong previous = 0;
        int index = 0;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            index++;
            if (index <= _consumed)
            {
                previous = entry.Sequence;
                continue;
            }

            if (BatchIsFull(batchBytes, entry.Sequence))
            {
                CompleteOpen();
                _consumed = index - 1;
                return ApplyOutcome.BatchFull;
            }

            WalEntry decoded = _decoder.Decode(in entry);
            CheckOrderInside(previous, entry.Sequence);
            previous = entry.Sequence;
            _highestSeen = Math.Max(_highestSeen, entry.Sequence);
            if (entry.Sequence == heldBack)
            {
                // Its end may lie behind the cut, so it is left for the next request, which begins with it.
                _outOfOrder += reader.EntryCount - index + 1;
                break;
            }

            if (IsAhead(entry.Sequence, live)
                || !TryTake(in entry, in decoded, live, isLast: index == reader.EntryCount))
            {
                _consumed = 0;
                _outOfOrder += reader.EntryCount - index + 1;
                return ApplyOutcome.Gap;
            }
        }

        _consumed = 0;
        FinishMessage(capped);
        return ApplyOutcome.Complete;
    }

    private bool BatchIsFull(long batchBytes, ulong next) =>
        _unsynced && next != _open && _split == 0 && (_batchBytes >= batchBytes || next == LastOfBatch + 1);

    /// <summary>
    /// Whether something before the entry is missing. Asked first, because the parts of a spread transaction that come
    /// before their turn are dropped without following how they belong together.
    /// </summary>
    private bool IsAhead(ulong sequence, bool live)
    {
        ulong next = _open == 0 ? ExpectedNext : _open + 1;
        if (sequence <= next || _split != 0 || _overlap is not null)
        {
            return false;
        }

        CompleteOpen();
        MeetGap(sequence, live);
        return true;
    }

    /// <summary>Puts one entry in its place. False when it must come again later.</summary>
    private bool TryTake(in StreamEntry received, in WalEntry entry, bool live, bool isLast)
    {
        CheckFragment(in received, isLast);
        ulong sequence = entry.Sequence;
        if (_overlap is { } overlap && !TryOverlap(overlap, in entry, live))
        {
            return overlap.Sequence == sequence;
        }

        if (sequence == _open)
        {
            Take(in entry);
            return true;
        }

        CompleteOpen();
        if (sequence <= MaxApplied)
        {
            if (PlantedBugs.Has(PlantedBug.DuplicateAppliedTwice))
            {
                Take(in entry);
            }

            _duplicates++;
            return true;
        }

        if (sequence != ExpectedNext)
        {
            _split = 0;
            MeetGap(sequence, live);
            return false;
        }

        _open = sequence;
        MissingSequence = 0;
        Take(in entry);
        return true;
    }

    private void Take(in WalEntry entry)
    {
        _unsynced = true;
        _store.Apply(in entry);
        _entries++;
        _bytes += entry.Payload.Length;
        _batchBytes += entry.Payload.Length;
    }

    /// <summary>Ends the transaction in the open batch, if there is one.</summary>
    private void CompleteOpen()
    {
        if (_open == 0)
        {
            return;
        }

        MaxApplied = _open;
        _open = 0;
        _transactions++;
    }

    /// <summary>
    /// Compares the entry when it belongs to the overlap. False when it must not be applied: it was compared, or the
    /// overlap has yet to come.
    /// </summary>
    private bool TryOverlap(OverlapCheck overlap, in WalEntry entry, bool live)
    {
        ulong sequence = entry.Sequence;
        if (sequence == overlap.Sequence)
        {
            overlap.Compare(in entry);
            _duplicates++;
            return false;
        }

        if (overlap.Compared > 0)
        {
            EndOverlap(cut: false);
            return true;
        }

        if (sequence < overlap.Sequence)
        {
            return true;
        }

        // A live write may overtake the first message of the stream; it will come again behind it.
        if (live && _rules.EntryCap > 0)
        {
            return false;
        }

        throw overlap.Missing($"its stream begins at {sequence}");
    }

    private void EndOverlap(bool cut)
    {
        if (!cut)
        {
            _overlap?.Complete();
        }

        _overlap?.Dispose();
        _overlap = null;
    }

    private void MeetGap(ulong sequence, bool live)
    {
        if (_rules.Gap == GapRule.AwaitResend && !live)
        {
            throw new RetentionException(
                $"The primary sends sequence {sequence} where {ExpectedNext} is due: it no longer has what lies "
                + "between. "
                + "Resynchronise from a snapshot.");
        }

        MissingSequence = ExpectedNext;
    }

    /// <summary>The response is over; so is every transaction in it whose end is not announced for later.</summary>
    private void FinishMessage(bool capped)
    {
        if (_split == 0 || PlantedBugs.Has(PlantedBug.FragmentTakenAsWhole))
        {
            CompleteOpen();
            if (_overlap is { Compared: > 0 })
            {
                EndOverlap(cut: capped);
            }
        }
    }

    /// <summary>
    /// The sequence of the last entry of a full message: its transaction may go on behind the cut. When the message has
    /// only that one transaction, no request ever returns more of it.
    /// </summary>
    private ulong UnsafeLast(StreamMessage message)
    {
        StreamResponseReader reader = message.Read();
        ulong first = 0;
        ulong last = 0;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            first = first == 0 ? entry.Sequence : first;
            last = entry.Sequence;
        }

        if (first == last && last > MaxApplied)
        {
            throw new GapException(
                $"Transaction {last} has {_rules.EntryCap} operations or more. A stock primary sends only the first "
                + $"{_rules.EntryCap} of it, so it can never be received whole; resynchronise from a snapshot.");
        }

        return last > MaxApplied ? last : 0;
    }

    private static void CheckOrderInside(ulong previous, ulong sequence)
    {
        if (sequence < previous)
        {
            ThrowBackwards(previous, sequence);
        }
    }

    private void CheckFragment(in StreamEntry entry, bool isLast)
    {
        if (entry.FragmentType == FragmentType.Full && _split == 0)
        {
            return;
        }

        if (!_rules.AllowsFragments)
        {
            throw new ProtocolException(
                $"Entry {entry.Sequence} is marked as fragment {entry.FragmentType}, which a stock primary never "
                + "sends.");
        }

        if (_split != 0 && entry.Sequence != _split)
        {
            throw new ProtocolException(
                $"Entry {entry.Sequence} came before the last part of transaction {_split}.");
        }

        bool fits = entry.FragmentType switch
        {
            FragmentType.Full => !isLast,
            FragmentType.First => _split == 0 && isLast,
            FragmentType.Middle => _split != 0 && isLast,
            FragmentType.Last => _split != 0,
            _ => false,
        };
        if (!fits)
        {
            throw new ProtocolException(
                $"Entry {entry.Sequence} is marked as fragment {entry.FragmentType} "
                + $"{(isLast ? "at the end" : "in the middle")} of a response, while {(_split == 0 ? "no" : "a")} "
                + "transaction is spread over responses.");
        }

        _split = entry.FragmentType switch
        {
            FragmentType.First or FragmentType.Middle => entry.Sequence,
            FragmentType.Last => 0,
            _ => _split,
        };
    }

    [DoesNotReturn]
    private static void ThrowBackwards(ulong previous, ulong sequence) => throw new DivergenceException(
        $"Sequence {sequence} follows {previous} in one response: the primary's numbers restarted inside its history. "
        + "What this node holds cannot be continued from it; resynchronise from a snapshot.");
}
