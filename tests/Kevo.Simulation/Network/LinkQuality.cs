namespace Kevo.Simulation.Network;

/// <summary>How a link behaves.</summary>
internal sealed record LinkQuality
{
    /// <summary>A good local network.</summary>
    public static LinkQuality Good { get; } = new();

    /// <summary>The shortest time on the way.</summary>
    public TimeSpan LeastDelay { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>The longest, unless a packet is lost.</summary>
    public TimeSpan MostDelay { get; init; } = TimeSpan.FromMicroseconds(500);

    /// <summary>Share of packets that are lost and repeated.</summary>
    public double LossRate { get; init; }

    /// <summary>Share of unary calls that reach the server twice.</summary>
    public double DuplicateRate { get; init; }

    /// <summary>Share of unary calls whose answer is lost with the call.</summary>
    public double LostAnswerRate { get; init; }
}
