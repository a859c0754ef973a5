using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>One direction of one stream of a connection: what is sent arrives in order, or not at all.</summary>
internal sealed class Lane(Connection connection, Process target)
{
    private long _lastDue;

    /// <summary>Sends something that happens at the other side when it arrives.</summary>
    public void Send(Action arrival)
    {
        Link link = connection.Link;
        if (link.IsCut)
        {
            link.Hold(() => Send(arrival));
            return;
        }

        Scheduler scheduler = link.World.Scheduler;
        _lastDue = Math.Max(_lastDue + 1, scheduler.Now + link.NextDelay());
        scheduler.At(target, _lastDue, () => Arrive(arrival));
    }

    private void Arrive(Action arrival)
    {
        if (connection.Link.IsCut)
        {
            connection.Link.Hold(() => Send(arrival));
        }
        else if (connection.Carries)
        {
            arrival();
        }
    }
}
