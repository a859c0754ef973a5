using Kevo.Replication.Sequencing;

namespace Kevo.Replication.Observation;

/// <summary>
/// The running counts behind <see cref="ReplicationCounters"/>. Written by the loop (dropped and received also by the
/// receiver), read by any thread; a reader may see one figure a batch ahead of another, never a torn one.
/// </summary>
internal sealed class CounterBoard
{
    private long _messages;
    private long _heartbeats;
    private long _receivedBytes;
    private long _droppedMessages;
    private long _entries;
    private long _entryBytes;
    private long _transactions;
    private long _duplicates;
    private long _outOfOrder;
    private long _gaps;
    private long _negativeAcknowledgements;
    private long _acknowledgements;
    private long _batches;
    private long _sessions;
    private long _failures;
    private long _repairs;

    public void CountReceived(int bytes)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _receivedBytes, bytes);
    }

    public void CountHeartbeat() => Interlocked.Increment(ref _heartbeats);

    public void CountDropped() => Interlocked.Increment(ref _droppedMessages);

    public void CountApplied(in ApplyCounts counts)
    {
        Interlocked.Add(ref _entries, counts.Entries);
        Interlocked.Add(ref _entryBytes, counts.Bytes);
        Interlocked.Add(ref _transactions, counts.Transactions);
        Interlocked.Add(ref _duplicates, counts.Duplicates);
        Interlocked.Add(ref _outOfOrder, counts.OutOfOrder);
    }

    public void CountGap() => Interlocked.Increment(ref _gaps);

    public void CountNegativeAcknowledgement() => Interlocked.Increment(ref _negativeAcknowledgements);

    public void CountAcknowledgement() => Interlocked.Increment(ref _acknowledgements);

    public void CountBatch() => Interlocked.Increment(ref _batches);

    public void CountSession() => Interlocked.Increment(ref _sessions);

    public void CountRepair() => Interlocked.Increment(ref _repairs);

    public void CountFailure() => Interlocked.Increment(ref _failures);

    public ReplicationCounters Read() => new()
    {
        Messages = Interlocked.Read(ref _messages),
        Heartbeats = Interlocked.Read(ref _heartbeats),
        ReceivedBytes = Interlocked.Read(ref _receivedBytes),
        DroppedMessages = Interlocked.Read(ref _droppedMessages),
        Entries = Interlocked.Read(ref _entries),
        EntryBytes = Interlocked.Read(ref _entryBytes),
        Transactions = Interlocked.Read(ref _transactions),
        Duplicates = Interlocked.Read(ref _duplicates),
        OutOfOrder = Interlocked.Read(ref _outOfOrder),
        Gaps = Interlocked.Read(ref _gaps),
        NegativeAcknowledgements = Interlocked.Read(ref _negativeAcknowledgements),
        Acknowledgements = Interlocked.Read(ref _acknowledgements),
        Batches = Interlocked.Read(ref _batches),
        Sessions = Interlocked.Read(ref _sessions),
        Failures = Interlocked.Read(ref _failures),
        Repairs = Interlocked.Read(ref _repairs),
    };
}
