using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Sequencing;

/// <content>
/// Live writes of a stock primary, and repairs. The primary's numbers are not ours here: a repair takes one number of
/// ours and may stand for many of the primary's. <see cref="StreamPosition"/> says which of its numbers our last one
/// stands for.
/// </content>
public sealed partial class BatchApplier
{
    private byte[] _renumbered = [];
    private ulong _firstLive;
    private ulong _highestLive;

    /// <summary>The primary's number that <see cref="MaxApplied"/> stands for; 0 while that is not known.</summary>
    public ulong StreamPosition { get; private set; }

    /// <summary>
    /// The number of the first live write on this stream, which was made after it was opened; 0 before there is one.
    /// </summary>
    public ulong FirstLive => _firstLive;

    /// <summary>
    /// The highest number of the primary that a live write brought on this stream; 0 before the first.
    /// </summary>
    public ulong HighestLive => _highestLive;

    /// <summary>What is held stands for everything of the primary up to <paramref name="streamPosition"/>.</summary>
    public void StandFor(ulong streamPosition)
    {
        StreamPosition = streamPosition;
        MissingSequence = 0;
    }

    /// <summary>
    /// The store was taken to another place, by a rebuild or the beginning of an epoch; nothing may be unsynced.
    /// </summary>
    public void ContinueFromStore()
    {
        if (_unsynced)
        {
            throw new InvalidOperationException("The store moved while a batch was open.");
        }

        Durable = _store.Durable;
        _epoch = Math.Max(Durable.Epoch, 1);
        MaxApplied = Durable.Sequence;
        _highestSeen = MaxApplied;
    }

    /// <summary>Begins an epoch in an empty store; see <see cref="Kevo.Storage.IEpochApplier.BeginEpoch"/>.</summary>
    public void BeginEpoch(LogPosition start)
    {
        if (_store is not Storage.IEpochApplier store)
        {
            throw new ConfigurationException("The store cannot begin an epoch, so it cannot take over a snapshot.");
        }

        store.BeginEpoch(start);
        ContinueFromStore();
    }

    /// <summary>
    /// Adds one operation to the transaction after <see cref="MaxApplied"/>. The transaction is over with
    /// <see cref="EndRepair"/>; it may have any number of operations, each key at most once.
    /// </summary>
    public void Repair(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _open = ExpectedNext;
        int length = WalEntry.Write(Scratch(WalEntry.PayloadLength(operation, key.Length, value.Length)),
            operation, _open, key, value);
        if (WalEntry.TryParse(_renumbered.AsSpan(0, length), out WalEntry entry) is var fault and not EntryFault.None)
        {
            throw new ProtocolException($"A row of the primary's scan cannot be an entry ({fault}).");
        }

        Take(in entry);
    }

    /// <summary>Ends the transaction that <see cref="Repair"/> filled.</summary>
    public void EndRepair()
    {
        CompleteOpen();
        _highestSeen = Math.Max(_highestSeen, MaxApplied);
    }

    /// <summary>Copies the live writes out of a response; whatever else it has is passed over.</summary>
    /// <exception cref="ProtocolException">The response breaks the protocol.</exception>
    public void ReadLive(StreamMessage message, List<LiveWrite> writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        StreamResponseReader reader = message.Read();
        if (!reader.Compressed)
        {
            return;
        }

        _decoder.BeginMessage(in reader);
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            WalEntry write = _decoder.Decode(in entry);
            MeetLive(entry.Sequence);
            writes.Add(new LiveWrite(entry.Sequence, write.Operation, write.Key.ToArray(), write.Value.ToArray()));
        }
    }

    /// <summary>
    /// A response of a stock primary that is followed by its live writes alone. Only what it marks as live counts; each
    /// live write is a transaction of its own, because those of several operations are never sent live.
    /// </summary>
    private ApplyOutcome ApplyLive(StreamMessage message)
    {
        StreamResponseReader reader = message.Read();
        if (!reader.Compressed)
        {
            _outOfOrder += reader.EntryCount;
            return ApplyOutcome.Complete;
        }

        _decoder.BeginMessage(in reader);
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            if (entry.FragmentType != FragmentType.Full)
            {
                throw new ProtocolException(
                    $"Entry {entry.Sequence} is marked as fragment {entry.FragmentType}, which a stock primary "
                    + "never sends.");
            }

            WalEntry write = _decoder.Decode(in entry);
            MeetLive(entry.Sequence);
            _highestSeen = Math.Max(_highestSeen, MaxApplied + _highestLive - Math.Min(StreamPosition, _highestLive));
            if (entry.Sequence <= StreamPosition)
            {
                _duplicates++;
                continue;
            }

            bool isNext = entry.Sequence == StreamPosition + 1 || PlantedBugs.Has(PlantedBug.GapIgnored);
            if (!isNext)
            {
                MissingSequence = StreamPosition + 1;
                return ApplyOutcome.Gap;
            }

            MissingSequence = 0;
            _open = ExpectedNext;
            WalEntry ours = Renumber(in write, _open);
            Take(in ours);
            CompleteOpen();
            StreamPosition = entry.Sequence;
        }

        return ApplyOutcome.Complete;
    }

    private void MeetLive(ulong sequence)
    {
        _firstLive = _firstLive == 0 ? sequence : _firstLive;
        _highestLive = Math.Max(_highestLive, sequence);
    }

    private WalEntry Renumber(in WalEntry entry, ulong sequence)
    {
        if (entry.Sequence == sequence)
        {
            return entry;
        }

        Span<byte> payload = Scratch(entry.Payload.Length);
        _ = WalEntry.Write(payload, entry.Operation, sequence, entry.Key, entry.Value);
        return WalEntry.FromVerified(payload);
    }

    private Span<byte> Scratch(int length)
    {
        if (_renumbered.Length < length)
        {
            _renumbered = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)];
        }

        return _renumbered.AsSpan(0, length);
    }
}
