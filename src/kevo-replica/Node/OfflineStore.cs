using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Storage.Store;

namespace Kevo.Replica.Node;

/// <summary>Opens the store of a stopped node, for commands that look at it or take it over.</summary>
internal static class OfflineStore
{
    /// <summary>The store; locked for this process until it is disposed.</summary>
    /// <exception cref="Core.StorageException">It does not exist, is in use, or is damaged.</exception>
    public static ReplicaStore Open(EffectiveSettings settings, TimeProvider time, CancellationToken stop)
    {
        string full = Path.GetFullPath(settings.Get(NodeSettings.Data));
        NodeFile.Read(LinuxFileSystem.Instance, full);
        return ReplicaStore.Open(
            new StoreOptions { Directory = full }, LinuxFileSystem.Instance, time, cancellationToken: stop);
    }
}
