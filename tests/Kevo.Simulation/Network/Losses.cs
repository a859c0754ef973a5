namespace Kevo.Simulation.Network;

/// <summary>
/// The lost packets of one direction of a connection. TCP repeats one when its timer runs out; but when a later packet
/// of the connection arrives, whatever stream it is of, its selective acknowledgement has the lost one repeated: that
/// takes the way of the later one, the way back, a quarter of both in case it was only overtaken, and the way again.
/// </summary>
internal sealed class Losses(Link link)
{
    private readonly List<Packet> _lost = [];

    /// <summary>How many so far.</summary>
    public int Count { get; private set; }

    /// <summary>A packet was lost.</summary>
    public void Add(Packet packet)
    {
        Count++;
        _lost.Add(packet);
    }

    /// <summary>A packet was sent and is not lost.</summary>
    public void Follow()
    {
        if (_lost.Count == 0)
        {
            return;
        }

        long repaired = link.World.Scheduler.Now + (link.NextWay() * 7 / 2);
        foreach (Packet packet in _lost)
        {
            packet.Lane.Hasten(packet, repaired);
        }

        _lost.Clear();
    }
}
