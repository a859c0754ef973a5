using Grpc.Core;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>A connection between two processes, with everything that is under way on it.</summary>
internal sealed class Connection
{
    private readonly List<Action<RpcException>> _clientSide = [];
    private readonly List<Action> _serverSide = [];
    private bool _silent;

    public Connection(Link link, Process client, Process server)
    {
        Link = link;
        ToClient = new Losses(link);
        ToServer = new Losses(link);
        Client = client;
        Server = server;
        link.Add(this);
        client.OnDeath(() => Break("the client has died"));
        server.OnDeath(ServerDied);
    }

    public Link Link { get; }

    /// <summary>What is lost on the way to the client.</summary>
    public Losses ToClient { get; }

    /// <summary>What is lost on the way to the server.</summary>
    public Losses ToServer { get; }

    public Process Client { get; }

    public Process Server { get; }

    /// <summary>Closed or broken.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether a stream was opened on it.</summary>
    public bool CarriesStream { get; set; }

    /// <summary>Whether what is sent arrives.</summary>
    public bool Carries => !IsOver && !_silent;

    /// <summary>The error a call on it meets now.</summary>
    public static RpcException Unavailable(string why) => new(new Status(StatusCode.Unavailable, why));

    /// <summary>Told once, in the client, when the connection breaks.</summary>
    public void OnClientBreak(Action<RpcException> action) => _clientSide.Add(action);

    /// <summary>Told once, in the server, when the connection breaks or is closed.</summary>
    public void OnServerBreak(Action action) => _serverSide.Add(action);

    /// <summary>Nothing arrives any more, and nobody is told until keep-alive pings find out.</summary>
    public void GoSilent()
    {
        if (_silent || IsOver)
        {
            return;
        }

        _silent = true;
        if (CarriesStream && Link.World.Random.Next(3) == 0)
        {
            // Something on the way answers the pings although the server is gone.
            return;
        }

        Link.World.Scheduler.At(
            Client,
            Link.World.Scheduler.Now + TimeSpan.FromSeconds(30).Ticks,
            () => Break("keep-alive ping timed out"));
    }

    /// <summary>Ends it with an error at both sides.</summary>
    public void Break(string why)
    {
        if (IsOver)
        {
            return;
        }

        Close();
        foreach (Action<RpcException> action in _clientSide.ToArray())
        {
            Client.Soon(() => action(Unavailable(why)));
        }

        _clientSide.Clear();
    }

    /// <summary>The client closes it; the server learns of it if anything still arrives there.</summary>
    public void Close()
    {
        if (IsOver)
        {
            return;
        }

        IsOver = true;
        Link.Remove(this);
        if (!_silent)
        {
            TellServer();
        }
        else
        {
            Link.World.Scheduler.At(Server, Link.World.Scheduler.Now + TimeSpan.FromSeconds(40).Ticks, TellServer);
        }
    }

    private void TellServer()
    {
        foreach (Action action in _serverSide.ToArray())
        {
            Server.Soon(action);
        }

        _serverSide.Clear();
    }

    private void ServerDied()
    {
        // A process that dies on a living machine closes its sockets; a machine that loses power does not.
        if (Link.World.Chance(Link.SilentDeathRate) || Link.IsCut)
        {
            GoSilent();
        }
        else
        {
            Break("connection reset by peer");
        }
    }
}
