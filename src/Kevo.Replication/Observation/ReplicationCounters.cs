namespace Kevo.Replication.Observation;

/// <summary>What the replica counted since it was made, at one moment. None of the figures ever goes down.</summary>
public readonly record struct ReplicationCounters
{
    /// <summary>Responses taken from the stream, heartbeats included.</summary>
    public long Messages { get; init; }

    /// <summary>Responses without entries.</summary>
    public long Heartbeats { get; init; }

    /// <summary>Bytes of responses as they came over the wire (after HTTP/2, before decompression).</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Responses dropped because the queue was full and the primary will send them again.</summary>
    public long DroppedMessages { get; init; }

    /// <summary>Operations applied.</summary>
    public long Entries { get; init; }

    /// <summary>Payload bytes of the operations applied, decompressed.</summary>
    public long EntryBytes { get; init; }

    /// <summary>Transactions applied; a single write counts as one.</summary>
    public long Transactions { get; init; }

    /// <summary>Operations that came again and were dropped.</summary>
    public long Duplicates { get; init; }

    /// <summary>Operations that came before their turn and were dropped, because they will come again.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Times a missing sequence was noticed.</summary>
    public long Gaps { get; init; }

    /// <summary>Negative acknowledgements sent.</summary>
    public long NegativeAcknowledgements { get; init; }

    /// <summary>Acknowledgements the primary accepted.</summary>
    public long Acknowledgements { get; init; }

    /// <summary>Units of apply and sync.</summary>
    public long Batches { get; init; }

    /// <summary>Streams opened.</summary>
    public long Sessions { get; init; }

    /// <summary>Failed attempts and sessions lost by an error.</summary>
    public long Failures { get; init; }

    /// <summary>Snapshots of a stock primary that changed what is held.</summary>
    public long Repairs { get; init; }
}
