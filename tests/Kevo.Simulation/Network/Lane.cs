using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>One direction of one stream of a connection: what is sent arrives in order, or not at all.</summary>
internal sealed class Lane(Connection connection, Process target)
{
    private readonly Queue<Action> _underWay = new();
    private long _lastDue;

    /// <summary>Sends something that happens at the other side when it arrives.</summary>
    public void Send(Action arrival)
    {
        _underWay.Enqueue(arrival);
        Travel();
    }

    private void Travel()
    {
        Scheduler scheduler = connection.Link.World.Scheduler;
        _lastDue = Math.Max(_lastDue + 1, scheduler.Now + connection.Link.NextDelay());
        scheduler.At(target, _lastDue, Arrive);
    }

    /// <summary>What was sent first arrives first, also when it had to be sent again.</summary>
    private void Arrive()
    {
        if (connection.Link.IsCut)
        {
            connection.Link.Hold(Travel);
            return;
        }

        Action arrival = _underWay.Dequeue();
        if (connection.Carries)
        {
            arrival();
        }
    }
}
