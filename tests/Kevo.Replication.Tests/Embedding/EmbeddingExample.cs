using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Storage;

namespace Kevo.Replication.Tests.Embedding;

/// <summary>The example of docs/EMBEDDING.md, word for word; the test beside it compares and runs it.</summary>
public static class EmbeddingExample
{
    public sealed class CountingStore : IWalApplier
    {
        private ulong _last;
        private long _open;

        public event Action? Grew;

        public long Operations { get; private set; }

        public LogPosition Durable { get; private set; }

        public void Apply(in WalEntry entry)
        {
            _last = entry.Sequence;
            _open++;
        }

        public void Sync()
        {
            if (_open > 0)
            {
                // A real store syncs its disk here, data and position in one step.
                Operations += _open;
                _open = 0;
                Durable = new LogPosition(1, _last);
                Grew?.Invoke();
            }
        }

        public void Discard() => _open = 0;
    }

    public static async Task FollowAsync(string primary, CountingStore store, CancellationToken stop)
    {
        ReplicaOptions options = new() { PrimaryAddress = primary, NodeId = "counter-1" };
        GrpcPrimaryConnector connector = new(options.Connector, LinuxFileSystem.Instance, TimeProvider.System);
        await using Replica replica = new(options, connector, store);
        await replica.RunAsync(stop);
    }
}
