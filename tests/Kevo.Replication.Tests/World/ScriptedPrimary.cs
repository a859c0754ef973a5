using Kevo.Core;
using Kevo.Replication.Session;
using Kevo.Wire;

namespace Kevo.Replication.Tests.World;

/// <summary>
/// A primary in memory behind the public connector seam: it answers what the test tells it to, and remembers what it
/// was asked.
/// </summary>
internal sealed class ScriptedPrimary : IPrimaryConnector
{
    public string Target => "scripted:1";

    /// <summary>What the next sessions announce; null for a stock primary.</summary>
    public RelayAnnouncement? Relay { get; set; } = new()
    {
        NodeId = "relay-1", Epoch = 1, FirstSequence = 1, LastSequence = 1_000_000,
    };

    /// <summary>Thrown by the next connects, in order.</summary>
    public Queue<Exception> ConnectFaults { get; } = new();

    /// <summary>Thrown by the next requests for a stream, in order.</summary>
    public Queue<Exception> OpenFaults { get; } = new();

    /// <summary>Says what a request for a stream is refused with; null for nothing.</summary>
    public Func<SessionRequest, Exception?> Refuse { get; set; } = static _ => null;

    /// <summary>Never answers a connect while true.</summary>
    public bool Blackhole { get; set; }

    /// <summary>Takes no new connections any more, as a primary that stops does.</summary>
    public bool Refuses { get; set; }

    /// <summary>Called with each probe before it is answered, with its number from 1.</summary>
    public Action<int>? Probed { get; set; }

    /// <summary>Answers each probe instead; null to answer at once.</summary>
    public Func<CancellationToken, Task<bool>>? AnswerProbe { get; set; }

    /// <summary>Called with each new session before the replica has it.</summary>
    public Action<ScriptedSession>? Opened { get; set; }

    public List<SessionRequest> Requests { get; } = [];

    public List<ScriptedSession> Sessions { get; } = [];

    public ScriptedSession Session => Sessions[^1];

    public int Connects { get; private set; }

    public int OpenConnections { get; private set; }

    public bool IsDisposed { get; private set; }

    public async ValueTask<IPrimaryConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        Connects++;
        if (Blackhole)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        if (Refuses)
        {
            throw new ConnectionException("refused");
        }

        if (ConnectFaults.TryDequeue(out Exception? fault))
        {
            throw fault;
        }

        OpenConnections++;
        return new Connection(this);
    }

    public ValueTask<bool> AcceptsConnectionsAsync(CancellationToken cancellationToken) => new(!Refuses);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private sealed class Connection(ScriptedPrimary primary) : IPrimaryConnection
    {
        private int _probes;

        public async ValueTask<bool> ProbeAsync(CancellationToken cancellationToken)
        {
            primary.Probed?.Invoke(++_probes);
            return primary.AnswerProbe is { } answer ? await answer(cancellationToken) : primary.Relay is not null;
        }

        public ValueTask<IReplicationSession> OpenSessionAsync(
            SessionRequest request, CancellationToken cancellationToken)
        {
            primary.Requests.Add(request);
            if (primary.OpenFaults.TryDequeue(out Exception? fault))
            {
                throw fault;
            }

            if (primary.Refuse(request) is { } refusal)
            {
                throw refusal;
            }

            ScriptedSession session = new(new SessionHeaders($"replica-{primary.Sessions.Count + 1}", primary.Relay));
            primary.Sessions.Add(session);
            primary.Opened?.Invoke(session);
            return new ValueTask<IReplicationSession>(session);
        }

        public ValueTask DisposeAsync()
        {
            primary.OpenConnections--;
            return ValueTask.CompletedTask;
        }
    }
}
