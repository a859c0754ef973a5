using System.Diagnostics;
using Kevo.Core;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <summary>Everything that depends on the kind of primary, decided once per session.</summary>
internal sealed record FollowPlan
{
    /// <summary>
    /// A relay: real acknowledgements, flow control, the stream starts with the last transaction held.
    /// </summary>
    public static FollowPlan Relay { get; } = new()
    {
        Mode = FollowMode.Relay,
        Rules = StreamRules.Relay,
        FullQueue = FullQueueRule.Wait,
        Acknowledge = AcknowledgeRule.AtOnce,
    };

    /// <summary>A stock primary, by its ticker.</summary>
    public static FollowPlan Tick { get; } = new()
    {
        Mode = FollowMode.Tick,
        Rules = StreamRules.StockTick,
        FullQueue = FullQueueRule.Drop,
        Acknowledge = AcknowledgeRule.BetweenTicks,
    };

    /// <summary>A stock primary that is only listened to; snapshots bring what is not sent live.</summary>
    public static FollowPlan Listen { get; } = new()
    {
        Mode = FollowMode.Listen,
        Rules = StreamRules.StockListen,
        FullQueue = FullQueueRule.Spill,
        Acknowledge = AcknowledgeRule.Never,
    };

    /// <summary>
    /// A stock primary that is only listened to, and asked for whatever it does not send live: at the start, after
    /// every full answer, at every gap, and whenever it is idle.
    /// </summary>
    public static FollowPlan Fill { get; } = new()
    {
        Mode = FollowMode.Fill,
        Rules = StreamRules.StockFill,
        FullQueue = FullQueueRule.Drop,
        Acknowledge = AcknowledgeRule.Never,
        AsksForAll = true,
    };

    /// <summary>Whether nothing but live writes comes without being asked for.</summary>
    public bool AsksForAll { get; init; }

    /// <summary>The name of the way of following.</summary>
    public required FollowMode Mode { get; init; }

    /// <summary>How the batch applier reads the stream.</summary>
    public required StreamRules Rules { get; init; }

    /// <summary>What the receiver does when the queue is full.</summary>
    public required FullQueueRule FullQueue { get; init; }

    /// <summary>When acknowledgements leave.</summary>
    public required AcknowledgeRule Acknowledge { get; init; }

    /// <summary>The plan for a primary that said this about itself.</summary>
    /// <exception cref="ConfigurationException">The chosen mode does not fit the primary.</exception>
    public static FollowPlan Choose(FollowMode configured, SessionHeaders headers, string target)
    {
        if (headers.Relay is not null)
        {
            return Relay;
        }

        return configured switch
        {
            FollowMode.Tick => Tick,
            FollowMode.Relay => throw new ConfigurationException(
                $"The primary at {target} is a stock primary, not a relay. Choose another way to follow it, or "
                + "run a relay "
                + "beside it."),
            FollowMode.Auto or FollowMode.Listen => Listen,
            FollowMode.Fill => Fill,
            _ => throw new UnreachableException($"There is no mode {configured}."),
        };
    }
}
