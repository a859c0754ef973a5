using Kevo.Core;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>How much of the log a store keeps that it does not need itself.</summary>
public class StoreRetentionTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1 << 20, false)]
    public void Bytes_that_are_to_be_kept_are_kept_beyond_the_checkpoint(int bytes, bool deletes)
    {
        using ReplicaStore store = ReplicaStore.Open(
            StoreEntries.SmallOptions() with { LogRetentionBytes = bytes }, new SimulatedFileSystem());
        store.BeginEpoch(new LogPosition(1, 0));
        store.Fill(600);
        store.Flush();
        store.RunAllSteps();

        Assert.Equal(deletes, store.Log.First > new LogPosition(1, 1));
    }
}
