using System.Text;
using Grpc.Core;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Kevo.Storage;
using Kevo.Storage.Store;
using Kevo.Testing;
using Kevo.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>
/// A replica with a real, empty store, new to a relay that no longer has its beginning, on one thread. The relay is at
/// 3:100 and holds its log from 90 on, unless the test says otherwise; the read service beside it is at the same
/// position and shows the keys a, b and c.
/// </summary>
internal sealed class JoinWorld : IReplicationObserver, IDisposable
{
    public static readonly LogPosition Position = new(3, 100);

    private readonly Pump _pump = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly ReplicaOptions _options;

    public JoinWorld(ReplicaOptions? options = null, bool hasReader = true)
    {
        _options = options ?? new ReplicaOptions { NodeId = "replica-1" };
        Announce(first: 90, last: 100);
        Reader.Position = Position;
        Reader.Put("a", "1");
        Reader.Put("b", "2");
        Reader.Put("c", "3");
        HasReader = hasReader;
        Store = OpenStore();
        Replica = Make();
    }

    public bool HasReader { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public ScriptedPrimary Relay { get; } = new();

    public SnapshotReader Reader { get; private set; } = new();

    public ReplicaStore Store { get; private set; }

    public Replica Replica { get; private set; }

    public List<Failure> Failures { get; } = [];

    public ReplicaStatus Status => Replica.GetStatus();

    /// <summary>The requests that named a position, in order.</summary>
    public IEnumerable<LogPosition> Asked => Relay.Requests
        .Where(request => request.StartSequence > 0)
        .Select(request => new LogPosition(request.Epoch, request.StartSequence));

    public void Failed(in Failure failure) => Failures.Add(failure);

    public void Announce(ulong first, ulong last, ulong epoch = 3)
    {
        Relay.Relay = new RelayAnnouncement
        {
            NodeId = "relay-1", Epoch = epoch, FirstSequence = first, LastSequence = last,
        };
        Relay.Refuse = request => request.StartSequence == 0 && first > 1
            ? new RpcException(new Status(StatusCode.OutOfRange, $"the log begins with sequence {first}."))
            : null;
    }

    public JoinWorld Start()
    {
        Run(Replica.Start);
        return this;
    }

    public void Run(Action action) => _pump.Run(action);

    public void Advance(double seconds) => Run(() => Time.Advance(TimeSpan.FromSeconds(seconds)));

    public void Send(params StreamMessage[] messages) =>
        Run(() => Array.ForEach(messages, message => Relay.Session.Send(message)));

    /// <summary>Lets back-offs pass until the condition holds.</summary>
    public void AdvanceUntil(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 1000, $"It did not happen; state {Replica.CurrentState}, {Replica.States.LastError}.");
            Advance(0.5);
        }
    }

    /// <summary>Waits for the end of the replica and returns the error that ended it.</summary>
    public T EndOf<T>()
        where T : Exception
    {
        AdvanceUntil(() => Replica.HasFailed);
        return Assert.IsType<T>(Replica.Completion.Exception!.InnerException);
    }

    /// <summary>What readers see, as text.</summary>
    public string Visible()
    {
        StringBuilder content = new();
        using ISnapshot snapshot = Store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan(default, default);
        while (cursor.MoveNext())
        {
            content.Append($"{Encoding.UTF8.GetString(cursor.Key)}={Encoding.UTF8.GetString(cursor.Value)} ");
        }

        return content.ToString().TrimEnd();
    }

    /// <summary>The process ends, and another one opens the directory and follows.</summary>
    public void Restart()
    {
        StopReplica();
        Store.Dispose();
        Reader = new SnapshotReader();
        Store = OpenStore();
        Replica = Make();
        Start();
    }

    public void StopReplica()
    {
        Task stopped = Task.CompletedTask;
        Run(() => stopped = Replica.StopAsync());
        for (int i = 0; i < 100 && !stopped.IsCompleted; i++)
        {
            Advance(0.05);
        }

        Assert.True(stopped.IsCompleted, "The replica does not stop.");
        Assert.Equal(0, Reader.Open);
        Assert.Equal(HasReader, Reader.IsDisposed);
    }

    /// <summary>Files of tables in the directory.</summary>
    public int CountTables()
    {
        while (Store.RunStep())
        {
        }

        return Directory.GetFiles(_directory.Combine("data/tables")).Length;
    }

    public void Dispose()
    {
        StopReplica();
        Store.Dispose();
        _directory.Dispose();
    }

    private ReplicaStore OpenStore() => ReplicaStore.Open(
        new StoreOptions { Directory = _directory.Combine("data"), LogSegmentSize = 1 << 20 },
        LinuxFileSystem.Instance);

    private Replica Make() => new(_options, Relay, Store, new ReplicaServices
    {
        Time = Time,
        Random = new Random(1),
        Observer = this,
        History = new LogHeldHistory(Store.Log),
        Reader = HasReader ? Reader : null,
    });
}
