namespace Kevo.Relay.Stock;

/// <summary>The lock cycles in which a stock primary stops answering for ever.</summary>
[Flags]
public enum StockFreezeCycles
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A tick that reads the log while one write begins right behind another.</summary>
    TickMeetsWriters = 1,

    /// <summary>
    /// A negative acknowledgement, or a stream with a start sequence, that arrives while a write is synced.
    /// </summary>
    ReaderMeetsWriter = 2,

    /// <summary>An acknowledgement that arrives while a tick of its session reads; no write is needed.</summary>
    AcknowledgementMeetsTick = 4,

    /// <summary>All of them.</summary>
    All = TickMeetsWriters | ReaderMeetsWriter | AcknowledgementMeetsTick,
}
