using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>A replica, its store and its primary on one thread, with a clock that moves when told.</summary>
internal sealed class ReplicaWorld : IReplicationObserver, IDisposable
{
    private readonly Pump _pump = new();

    public ReplicaWorld(ReplicaOptions? options = null, HistoryStore? store = null, ScriptedPrimary? primary = null)
    {
        Options = options ?? new ReplicaOptions { NodeId = "replica-1" };
        Store = store ?? new HistoryStore();
        Primary = primary ?? new ScriptedPrimary();
        Replica = new Replica(Options, Primary, Store, new ReplicaServices
        {
            Time = Time,
            Random = new Random(1),
            Observer = this,
            History = Store,
        });
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public ReplicaOptions Options { get; }

    public HistoryStore Store { get; }

    public ScriptedPrimary Primary { get; }

    public Replica Replica { get; }

    public ScriptedSession Session => Primary.Session;

    public List<StateTransition> Transitions { get; } = [];

    public List<BatchFigures> Batches { get; } = [];

    public List<Failure> Failures { get; } = [];

    public void StateChanged(in StateTransition transition) => Transitions.Add(transition);

    public void BatchSynced(in BatchFigures figures) => Batches.Add(figures);

    public void Failed(in Failure failure) => Failures.Add(failure);

    public void Run(Action? action = null) => _pump.Run(action);

    public ReplicaWorld Start()
    {
        Run(Replica.Start);
        return this;
    }

    public void Send(params ReadOnlySpan<StreamMessage> messages)
    {
        foreach (StreamMessage message in messages)
        {
            StreamMessage sent = message;
            Run(() => Session.Send(sent));
        }
    }

    /// <summary>Queues the messages before the replica sees any of them.</summary>
    public void SendTogether(params StreamMessage[] messages) => Run(() => Array.ForEach(messages, Session.Send));

    public void Advance(TimeSpan time) => Run(() => Time.Advance(time));

    /// <summary>Moves the clock in steps until the condition holds.</summary>
    public void AdvanceUntil(Func<bool> condition, TimeSpan step, TimeSpan atMost)
    {
        for (TimeSpan passed = TimeSpan.Zero; !condition(); passed += step)
        {
            Assert.True(passed <= atMost, $"It did not happen within {atMost}; state {Replica.CurrentState}.");
            Advance(step);
        }
    }

    /// <summary>Lets the back-off pass.</summary>
    public void Retry()
    {
        int before = Primary.Connects;
        AdvanceUntil(() => Primary.Connects > before, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(90));
    }

    public void Stop()
    {
        Task stopped = Task.CompletedTask;
        Run(() => stopped = Replica.StopAsync());
        for (int i = 0; i < 100 && !stopped.IsCompleted; i++)
        {
            Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.True(stopped.IsCompleted, "The replica does not stop.");
    }

    public void Dispose()
    {
        Stop();
        Assert.Equal(0, Primary.OpenConnections);
        Assert.All(Primary.Sessions, session => Assert.True(session.IsDisposed));
    }
}
