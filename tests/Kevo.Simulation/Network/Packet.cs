using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>Something under way in a lane.</summary>
internal sealed class Packet(Lane lane, Action arrival)
{
    /// <summary>Where it is.</summary>
    public Lane Lane => lane;

    /// <summary>What happens when it arrives.</summary>
    public Action Arrival => arrival;

    /// <summary>When it would arrive if nothing were before it.</summary>
    public long Earliest { get; set; }

    /// <summary>When it arrives.</summary>
    public long Due { get; set; }

    /// <summary>What is scheduled for that; null while it is held because nothing arrives.</summary>
    public TimedAction? Scheduled { get; set; }
}
