using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>One direction of one stream of a connection: what is sent arrives in order, or not at all.</summary>
internal sealed class Lane(Connection connection, Process target)
{
    private readonly List<Packet> _underWay = [];
    private long _lastDue;

    private Losses Losses => target == connection.Client ? connection.ToClient : connection.ToServer;

    /// <summary>Sends something that happens at the other side when it arrives.</summary>
    public void Send(Action arrival)
    {
        var packet = new Packet(this, arrival);
        _underWay.Add(packet);
        Travel(packet);
    }

    /// <summary>A lost packet is repeated early, and what waits behind it need not wait longer.</summary>
    public void Hasten(Packet packet, long due)
    {
        int index = _underWay.IndexOf(packet);
        if (index < 0 || packet.Scheduled is null || due >= packet.Due)
        {
            return;
        }

        packet.Earliest = due;
        for (; index < _underWay.Count; index++)
        {
            Packet next = _underWay[index];
            if (next.Scheduled is null)
            {
                return;
            }

            long before = index == 0 ? 0 : _underWay[index - 1].Due;
            next.Scheduled.Cancel();
            Schedule(next, Math.Max(before + 1, next.Earliest));
        }

        _lastDue = _underWay[^1].Due;
    }

    private void Travel(Packet packet)
    {
        Scheduler scheduler = connection.Link.World.Scheduler;
        long loss = connection.Link.NextLoss();
        packet.Earliest = scheduler.Now + connection.Link.NextWay() + loss;
        _lastDue = Math.Max(_lastDue + 1, packet.Earliest);
        Schedule(packet, _lastDue);
        if (loss > 0)
        {
            Losses.Add(packet);
        }
        else
        {
            Losses.Follow();
        }
    }

    private void Schedule(Packet packet, long due)
    {
        packet.Due = due;
        packet.Scheduled = connection.Link.World.Scheduler.At(target, due, () => Arrive(packet));
    }

    /// <summary>What was sent first arrives first, also when it had to be sent again.</summary>
    private void Arrive(Packet packet)
    {
        packet.Scheduled = null;
        if (connection.Link.IsCut)
        {
            connection.Link.Hold(() => Travel(packet));
            return;
        }

        Packet first = _underWay[0];
        _underWay.RemoveAt(0);
        if (connection.Carries)
        {
            first.Arrival();
        }
    }
}
