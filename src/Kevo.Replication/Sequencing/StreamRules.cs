namespace Kevo.Replication.Sequencing;

/// <summary>What the batch applier has to know about the sender of a stream.</summary>
public sealed record StreamRules
{
    /// <summary>The entries a stock primary sends at most in one message that it read from its log.</summary>
    public const int StockEntryCap = 100;

    /// <summary>A relay: messages end between transactions unless a fragment type says otherwise.</summary>
    public static StreamRules Relay { get; } = new() { AllowsFragments = true };

    /// <summary>
    /// A stock primary whose unacknowledged entries are sent again every tick: a full message may cut its last
    /// transaction, and live writes overtake older ones.
    /// </summary>
    public static StreamRules StockTick { get; } = new() { EntryCap = StockEntryCap, Gap = GapRule.AwaitResend };

    /// <summary>A stock primary that is asked for what is missing.</summary>
    public static StreamRules StockFill { get; } = new() { EntryCap = StockEntryCap, Gap = GapRule.AskAgain };

    /// <summary>A stock primary that is only listened to: live writes count, and nothing else.</summary>
    public static StreamRules StockListen { get; } = new() { LiveOnly = true, Gap = GapRule.Snapshot };

    /// <summary>Whether only responses that are marked as live writes count, in the primary's own numbers.</summary>
    public bool LiveOnly { get; init; }

    /// <summary>Whether a transaction may be spread over several messages by fragment types.</summary>
    public bool AllowsFragments { get; init; }

    /// <summary>
    /// A message with at least so many entries may end inside a transaction; 0 when that cannot happen.
    /// </summary>
    public int EntryCap { get; init; }

    /// <summary>What brings a missing sequence.</summary>
    public GapRule Gap { get; init; }
}
