using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;
using Kevo.Storage.Store;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Replica.Tests.Node;

/// <summary>What an opened data directory does by itself before its node is wired together.</summary>
public sealed class DataDirectoryTests
{
    [Fact]
    public void No_history_is_deleted_before_whoever_keeps_it_for_others_has_said_so()
    {
        using var parent = new TemporaryDirectory();
        string path = parent.Combine("data");
        Directory.CreateDirectory(path);
        NodeFile.ReadOrCreate(LinuxFileSystem.Instance, path);
        using (ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = path, LogSegmentSize = 64 << 10 }, LinuxFileSystem.Instance))
        {
            store.BeginEpoch(new LogPosition(1, 0));
            for (ulong sequence = 1; sequence <= 8; sequence++)
            {
                Put(store, sequence);
            }
        }

        using DataDirectory directory = DataDirectory.Open(
            Settings(path), LinuxFileSystem.Instance, TimeProvider.System, NullLoggerFactory.Instance, progress: null,
            identified: null, CancellationToken.None);
        FlushAndTrim(directory.Store);
        Assert.Equal(new LogPosition(1, 1), directory.Store.Log.First);

        directory.LetHistoryGo();
        Put(directory.Store, 9);
        FlushAndTrim(directory.Store);
        Assert.True(directory.Store.Log.First > new LogPosition(1, 1), $"{directory.Store.Log.First}");
    }

    private static void FlushAndTrim(ReplicaStore store)
    {
        store.Flush();
        while (store.RunStep())
        {
        }
    }

    // Each fills most of a segment, so that the next begins another.
    private static void Put(ReplicaStore store, ulong sequence)
    {
        byte[] key = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key-{sequence}"));
        byte[] value = new byte[48 << 10];
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, key.Length, value.Length)];
        WalEntry.Write(payload, Operation.Put, sequence, key, value);
        WalEntry.TryParse(payload, out WalEntry entry);
        store.Apply(entry);
        store.Sync();
    }

    private static EffectiveSettings Settings(string path) => SettingSources.Combine(
        new Dictionary<Setting, string>
        {
            [NodeSettings.Data] = path,
            [NodeSettings.SegmentSize] = "64KiB",
            [NodeSettings.MemoryLimit] = "16MiB",
            [NodeSettings.LogRetention] = "0",
        },
        new Dictionary<string, string>());
}
