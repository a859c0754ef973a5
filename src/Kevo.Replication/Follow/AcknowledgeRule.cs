namespace Kevo.Replication.Follow;

/// <summary>When durable entries are acknowledged.</summary>
public enum AcknowledgeRule
{
    /// <summary>As soon as they are durable and no other acknowledgement is under way.</summary>
    AtOnce = 0,

    /// <summary>In the quiet part between two ticks of a stock primary, see <see cref="TickClock"/>.</summary>
    BetweenTicks,

    /// <summary>Never: an acknowledgement makes a stock primary delete its log, and can freeze it.</summary>
    Never,
}
