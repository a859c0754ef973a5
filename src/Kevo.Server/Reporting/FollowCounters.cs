namespace Kevo.Server.Reporting;

/// <summary>Totals of the follower since the process started.</summary>
public sealed record FollowCounters
{
    private const string CorruptReason = "disk-corrupt";

    /// <summary>Entries made durable.</summary>
    public long Entries { get; init; }

    /// <summary>Payload bytes made durable.</summary>
    public long Bytes { get; init; }

    /// <summary>Batches made durable (one sync each).</summary>
    public long Batches { get; init; }

    /// <summary>Streams opened after the first one.</summary>
    public long Reconnects { get; init; }

    /// <summary>Missing sequence numbers met.</summary>
    public long Gaps { get; init; }

    /// <summary>Entries dropped because they were held already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Times the primary's history was found to differ.</summary>
    public long Divergences { get; init; }

    /// <summary>Times bytes on disk failed their checksum.</summary>
    public long ChecksumErrors { get; init; }

    /// <summary>Empty messages of the primary.</summary>
    public long Heartbeats { get; init; }

    /// <summary>Acknowledgements the primary accepted.</summary>
    public long Acknowledgements { get; init; }

    /// <summary>Errors by kind, under the names of <see cref="Core.ErrorKind"/> in lower case.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByKind { get; init; } = new Dictionary<string, long>();

    /// <summary>The totals of a node that has done nothing but fail to start, or nothing at all.</summary>
    public static FollowCounters AfterFailedStart(ErrorReport? failure) => failure is null
        ? new FollowCounters()
        : new FollowCounters
        {
            ErrorsByKind = new Dictionary<string, long> { [failure.Kind] = 1 },
            ChecksumErrors = failure.Reason == CorruptReason ? 1 : 0,
        };
}
