using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Receive;
using Kevo.Storage;
using Kevo.Storage.Store;
using Kevo.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>A replica with a real store that listens to a stock primary, on one thread.</summary>
internal sealed class ListenWorld : IReplicationObserver, IDisposable
{
    private readonly Pump _pump = new();
    private readonly TemporaryDirectory _directory = new();

    public ListenWorld(
        SnapshotOptions? snapshots = null, Action<ReplicaStore>? before = null, ReplicaOptions? options = null,
        ulong mark = 0)
    {
        Mark = new PrimaryMarkFile(LinuxFileSystem.Instance, _directory.Path);
        if (mark > 0)
        {
            Mark.Write(mark);
        }

        Store = ReplicaStore.Open(
            new StoreOptions { Directory =
                _directory.Combine("data"), LogSegmentSize = 1 << 20 }, LinuxFileSystem.Instance);
        before?.Invoke(Store);
        Stream = new ScriptedPrimary { Relay = null };
        Primary = new ListenedPrimary(Stream) { Time = Time };
        ReplicaOptions used = (options ?? new ReplicaOptions()) with { Snapshots = snapshots ?? new SnapshotOptions() };
        Replica = new Replica(used, Stream, Store, new ReplicaServices
        {
            Time = Time,
            Random = new Random(1),
            Observer = this,
            Reader = Primary,
            Mark = Mark,
            Spill = new SpillPlace(LinuxFileSystem.Instance, _directory.Path),
        });
    }

    public PrimaryMarkFile Mark { get; }

    public string DataPath => _directory.Combine("data");

    public string MarkPath => _directory.Combine("primary.mark");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public ReplicaStore Store { get; }

    public ScriptedPrimary Stream { get; }

    public ListenedPrimary Primary { get; }

    public Replica Replica { get; }

    public List<Failure> Failures { get; } = [];

    public ReplicaStatus Status => Replica.GetStatus();

    public void Failed(in Failure failure) => Failures.Add(failure);

    public ListenWorld Start()
    {
        Run(Replica.Start);
        return this;
    }

    public void Run(Action action) => _pump.Run(action);

    public void Advance(double seconds) => Run(() => Time.Advance(TimeSpan.FromSeconds(seconds)));

    /// <summary>Lets time pass in small steps, heartbeats included, as a stock primary's idle stream does.</summary>
    public void Pass(double seconds)
    {
        for (double passed = 0; passed < seconds; passed += 0.5)
        {
            Advance(0.5);
            if (passed % 10 < 0.5 && Stream.Sessions.Count > 0 && !Stream.Session.IsDisposed)
            {
                Run(() => Stream.Session.Send(Entries.Heartbeat()));
            }
        }
    }

    /// <summary>What readers see, as text.</summary>
    public SortedDictionary<string, string> Visible()
    {
        SortedDictionary<string, string> content = new(StringComparer.Ordinal);
        using ISnapshot snapshot = Store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan(default, default);
        while (cursor.MoveNext())
        {
            content[Encoding.UTF8.GetString(cursor.Key)] = Encoding.UTF8.GetString(cursor.Value);
        }

        return content;
    }

    public void AssertSame()
    {
        SortedDictionary<string, string> expected = new(StringComparer.Ordinal);
        foreach ((byte[] key, byte[] value) in Primary.Content)
        {
            expected[Encoding.UTF8.GetString(key)] = Encoding.UTF8.GetString(value);
        }

        Assert.Equal(expected, Visible());
    }

    public static void Apply(ReplicaStore store, ulong sequence, params (string Key, string Value)[] puts)
    {
        if (store.Durable.Epoch == 0)
        {
            store.BeginEpoch(new LogPosition(1, 0));
        }

        foreach ((string key, string value) in puts)
        {
            Assert.Equal(EntryFault.None, WalEntry.TryParse(Entries.Put(sequence, key, value), out WalEntry entry));
            store.Apply(in entry);
        }

        store.Sync();
    }

    public void Dispose()
    {
        Task stopped = Task.CompletedTask;
        Run(() => stopped = Replica.StopAsync());
        for (int i = 0; i < 100 && !stopped.IsCompleted; i++)
        {
            Advance(0.05);
        }

        Assert.True(stopped.IsCompleted);
        Assert.True(Primary.IsDisposed);
        Store.Dispose();
        _directory.Dispose();
    }
}
