using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Sequencing;
using Kevo.Storage;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Wire;

namespace Kevo.Measure.Roles;

/// <summary>
/// The path of an entry inside the replica, on one thread and without a network: decode, order, append, make durable,
/// publish. Says <c>apply_bytes</c> and <c>sync_bytes</c>, allocated per entry by either half, after a warm-up.
/// </summary>
public static class ApplyRole
{
    private const int EntriesPerMessage = 5_000;
    private const int Messages = 900;

    /// <summary>Arguments: directory, <c>log</c> or <c>store</c>.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments[1] == "log")
        {
            using WriteAheadLog log = WriteAheadLog.Open(
                new LogOptions { Directory = arguments[0] }, LinuxFileSystem.Instance);
            log.BeginEpoch(new LogPosition(1, 0));
            Measure(new LogApplier(log), static () => { });
        }
        else
        {
            using ReplicaStore store = ReplicaStore.Open(
                new StoreOptions { Directory = arguments[0] }, LinuxFileSystem.Instance);
            store.BeginEpoch(new LogPosition(1, 0));

            // Until the steady state nothing is flushed before memory is used up, so that as many memtables have been
            // alive at once as ever will be.
            StoreWorker? worker = null;
            Measure(store, () => worker = new StoreWorker(store));
            worker?.Dispose();
        }

        return Task.FromResult(0);
    }

    private static void Measure(IWalApplier store, Action steady)
    {
        using var batches = new BatchApplier(store);
        batches.BeginStream(StreamRules.Relay, null, expectOverlap: false);
        var pool = new StreamMessagePool();
        long apply = 0;
        long sync = 0;
        for (int i = 0; i < Messages; i++)
        {
            if (i == Messages / 3)
            {
                steady();
            }

            using StreamMessage message = Encode(pool, batches.ExpectedNext);
            long before = GC.GetAllocatedBytesForCurrentThread();
            batches.Apply(message, long.MaxValue);
            long applied = GC.GetAllocatedBytesForCurrentThread();
            batches.Sync();
            if (i >= Messages / 3)
            {
                apply += applied - before;
                sync += GC.GetAllocatedBytesForCurrentThread() - applied;
            }
        }

        const double Counted = (Messages - (Messages / 3)) * (double)EntriesPerMessage;
        RoleOutput.Say("apply_bytes", apply / Counted);
        RoleOutput.Say("sync_bytes", sync / Counted);
    }

    private static StreamMessage Encode(StreamMessagePool pool, ulong first)
    {
        using var writer = new StreamResponseWriter(8 << 20);
        byte[] key = new byte[16];
        byte[] value = new byte[100];
        byte[] payload = new byte[256];
        for (ulong sequence = first; sequence < first + EntriesPerMessage; sequence++)
        {
            StoreFill.WriteKey(key, (long)sequence);
            int length = WalEntry.Write(payload, Operation.Put, sequence, key, value);
            writer.TryAppend(sequence, payload.AsSpan(0, length));
        }

        return pool.Copy(writer.Complete().Bytes.Span);
    }
}
