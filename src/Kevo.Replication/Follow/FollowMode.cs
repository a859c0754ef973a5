namespace Kevo.Replication.Follow;

/// <summary>How a primary is followed. A relay is recognised by its headers and always followed as one.</summary>
public enum FollowMode
{
    /// <summary>A relay as a relay, a stock primary by <see cref="Listen"/>.</summary>
    Auto = 0,

    /// <summary>Only a relay; a stock primary is refused.</summary>
    Relay,

    /// <summary>
    /// Stock primary, no harm: live broadcasts only, one acknowledgement at the start and none after it; transactions
    /// and missed writes are fetched by snapshots through the read service.
    /// </summary>
    Listen,

    /// <summary>
    /// Stock primary, every 100 ms what is not yet acknowledged: complete except for transactions above 100 operations,
    /// about 1 000 entries a second, and able to freeze a primary that takes writes at the same moment, for good.
    /// </summary>
    Tick,

    /// <summary>
    /// Stock primary, like <see cref="Listen"/>, but holes are asked for by negative acknowledgement; able to freeze a
    /// primary with more than one writer, for good.
    /// </summary>
    Fill,
}
