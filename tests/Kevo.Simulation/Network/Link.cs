using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>
/// The way between one client and one server. What is sent while it is cut arrives when it heals, as TCP repeats it;
/// a reset ends every connection on it at once.
/// </summary>
internal sealed class Link(World world, string name)
{
    private readonly List<Action> _held = [];
    private readonly List<Connection> _connections = [];

    /// <summary>For the transcript.</summary>
    public string Name => name;

    /// <summary>How it behaves now.</summary>
    public LinkQuality Quality { get; set; } = LinkQuality.Good;

    /// <summary>Share of the deaths of servers that leave their connections half-open, as a lost power does.</summary>
    public double SilentDeathRate { get; init; } = 0.25;

    /// <summary>Nothing arrives in either direction.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The world it is in.</summary>
    public World World => world;

    /// <summary>Connections that are open.</summary>
    public IReadOnlyList<Connection> Connections => _connections;

    /// <summary>Stops everything on the way.</summary>
    public void Cut()
    {
        IsCut = true;
        world.Tell(name, "is cut");
    }

    /// <summary>Lets everything that waited pass, in order.</summary>
    public void Heal()
    {
        if (!IsCut)
        {
            return;
        }

        IsCut = false;
        world.Tell(name, $"heals; {_held.Count} held");
        Action[] held = [.. _held];
        _held.Clear();
        foreach (Action action in held)
        {
            action();
        }
    }

    /// <summary>Breaks every connection; both sides learn of it.</summary>
    public void Reset()
    {
        world.Tell(name, $"resets {_connections.Count} connections");
        foreach (Connection connection in _connections.ToArray())
        {
            connection.Break("connection reset by peer");
        }
    }

    /// <summary>Makes every connection half-open: nothing arrives any more, and nobody is told.</summary>
    public void GoSilent()
    {
        world.Tell(name, $"silences {_connections.Count} connections");
        foreach (Connection connection in _connections)
        {
            connection.GoSilent();
        }
    }

    /// <summary>The time on the way of a packet that is not lost, as the seed wants it.</summary>
    public long NextWay() => world.Random.NextInt64(Quality.LeastDelay.Ticks, Quality.MostDelay.Ticks + 1);

    /// <summary>
    /// How much later a packet comes because it is lost, if nothing is sent behind it: when TCP's timer repeats it.
    /// Zero for one that is not lost.
    /// </summary>
    public long NextLoss()
    {
        if (world.Random.NextDouble() >= Quality.LossRate)
        {
            return 0;
        }

        world.Faults.PacketsLost++;
        return TimeSpan.FromMilliseconds(200 << world.Random.Next(4)).Ticks;
    }

    internal void Hold(Action action) => _held.Add(action);

    internal void Add(Connection connection) => _connections.Add(connection);

    internal void Remove(Connection connection) => _connections.Remove(connection);
}
