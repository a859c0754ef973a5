namespace Kevo.Server.Reporting;

/// <summary>Everything the follower knows about itself at one moment. A null means "unknown", never zero.</summary>
public sealed record ReplicaReport
{
    /// <summary>What the node is for: one of <see cref="NodeRoles"/>.</summary>
    public string Role { get; init; } = NodeRoles.Replica;

    /// <summary>
    /// The name of the state the follower is in, as in the state table (for example <c>WAITING_FOR_DATA</c>).
    /// </summary>
    public required string State { get; init; }

    /// <summary>When that state was entered.</summary>
    public required DateTimeOffset StateSince { get; init; }

    /// <summary>The last state changes, oldest first; bounded by the follower.</summary>
    public IReadOnlyList<StateChange> StateHistory { get; init; } = [];

    /// <summary>Every state there is, so that a metric can show each as 0 or 1.</summary>
    public IReadOnlyList<string> AllStates { get; init; } = [];

    /// <summary>The positions of the pipeline.</summary>
    public PositionReport Positions { get; init; } = new();

    /// <summary>How far behind the primary this node is.</summary>
    public LagReport Lag { get; init; } = new();

    /// <summary>The address of the primary or relay being followed (its replication service).</summary>
    public string PrimaryAddress { get; init; } = "";

    /// <summary>
    /// What is followed and how: for example <c>relay</c>, or <c>stock, listen</c>. Empty before the first contact.
    /// </summary>
    public string FollowMode { get; init; } = "";

    /// <summary>What is known about a stock primary: one of <see cref="PrimaryConditions"/>.</summary>
    public string PrimaryCondition { get; init; } = PrimaryConditions.Unknown;

    /// <summary>
    /// When the last message or answer of the primary arrived; null when none has since the process started.
    /// </summary>
    public DateTimeOffset? PrimaryHeardAt { get; init; }

    /// <summary>When the durable position last moved; null when it has not since the process started.</summary>
    public DateTimeOffset? ProgressAt { get; init; }

    /// <summary>Totals since the process started.</summary>
    public FollowCounters Counters { get; init; } = new();

    /// <summary>Whether the data directory is open; until it is there is nothing to say about its content.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>How far the opening of the data directory is; null when it is open.</summary>
    public WorkReport? Recovery { get; init; }

    /// <summary>A running bootstrap or resynchronisation; null when none is.</summary>
    public BootstrapReport? Bootstrap { get; init; }

    /// <summary>The last errors, newest first; bounded by the follower.</summary>
    public IReadOnlyList<ErrorReport> RecentErrors { get; init; } = [];

    /// <summary>
    /// The error that stands: what ended the data path, or why the primary is not heard at present; null when all is
    /// well.
    /// </summary>
    public ErrorReport? Trouble { get; init; }

    /// <summary>
    /// The error that ended the data path for good (a failed sync, a full disk, a diverged history); null while it
    /// runs.
    /// </summary>
    public ErrorReport? Fatal { get; init; }
}
