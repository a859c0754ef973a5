using Kevo.Platform;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Storage.Store;

namespace Kevo.Replica.Node;

/// <summary>Opens the store of a stopped node, for commands that look at it or take it over.</summary>
internal static class OfflineStore
{
    /// <summary>The store; locked for this process until it is disposed.</summary>
    /// <exception cref="Core.StorageException">It does not exist, is in use, or is damaged.</exception>
    public static ReplicaStore Open(Invocation invocation, CancellationToken stop)
    {
        string full = Path.GetFullPath(invocation.Settings.Get(NodeSettings.Data));
        NodeFile.Read(LinuxFileSystem.Instance, full);
        using IWorkDisplay bar = invocation.Output.StartProgress(invocation.Time);
        return ReplicaStore.Open(
            new StoreOptions { Directory = full, Progress = bar },
            LinuxFileSystem.Instance,
            invocation.Time,
            cancellationToken: stop);
    }
}
