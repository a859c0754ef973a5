using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Stock;

/// <summary>What the simulated primary knows of one stream. Owned by <see cref="StockPrimaryModel"/>.</summary>
public sealed class StockSession
{
    internal StockSession(string id, WALStreamRequest request, IStockStream stream, DateTimeOffset now)
    {
        Id = id;
        Request = request;
        Stream = stream;
        Acknowledged = request.StartSequence;
        LastActivity = now;
    }

    /// <summary>The value of the <c>session-id</c> header.</summary>
    public string Id { get; }

    /// <summary>The request that opened the stream.</summary>
    public WALStreamRequest Request { get; }

    /// <summary>The highest number acknowledged; the start sequence before the first acknowledgement.</summary>
    public ulong Acknowledged { get; internal set; }

    /// <summary>When the stream last took a message or the session acknowledged.</summary>
    public DateTimeOffset LastActivity { get; internal set; }

    /// <summary>Messages sent, heartbeats included.</summary>
    public long Messages { get; internal set; }

    internal IStockStream Stream { get; }

    /// <summary>The highest number sent by a tick; only used when repeats are switched off.</summary>
    internal ulong Sent { get; set; }

    internal DateTimeOffset NextTick { get; set; }

    /// <summary>When the last tick that read the log began.</summary>
    internal DateTimeOffset LastReadingTick { get; set; } = DateTimeOffset.MinValue;

    /// <summary>False once the stream has ended.</summary>
    internal bool StreamOpen { get; set; } = true;
}
