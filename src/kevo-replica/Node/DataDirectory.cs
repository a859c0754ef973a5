using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>
/// The data directory of one node: who it is, and its open store. Locked for this process while open.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly RetentionPin _history;
    private readonly StoreWorker _worker;

    private DataDirectory(string path, NodeFile node, ReplicaStore store, ILogger logger)
    {
        FullPath = path;
        Node = node;
        Store = store;

        // Before anything can be deleted: what replicas of this node need is not known yet.
        _history = store.Log.PinRetention(LogPosition.None);
        _worker = new StoreWorker(store, logger);
    }

    /// <summary>The directory.</summary>
    public string FullPath { get; }

    /// <summary>Who the node is.</summary>
    public NodeFile Node { get; }

    /// <summary>What it holds.</summary>
    public ReplicaStore Store { get; }

    /// <summary>The log of a data directory.</summary>
    public static string LogPathOf(string directory) => Path.Combine(directory, "log");

    /// <summary>
    /// Takes the directory the settings name, which is made when it does not exist, and recovers its store.
    /// </summary>
    /// <param name="settings">Which directory, and sizes and limits.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where the store logs.</param>
    /// <param name="progress">Hears how far recovery is; nobody when null.</param>
    /// <param name="identified">Told who the node is and where, before recovery begins; nobody when null.</param>
    /// <param name="stop">Ends recovery.</param>
    /// <exception cref="StorageException">It is in use, not ours, damaged, or cannot be written.</exception>
    public static DataDirectory Open(
        EffectiveSettings settings,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        IProgress<WorkProgress>? progress,
        Action<NodeFile, string>? identified,
        CancellationToken stop)
    {
        string full = Path.GetFullPath(settings.Get(NodeSettings.Data));
        fileSystem.CreateDirectory("NODE:MKDIR", full);
        HistoryReplacement.Finish(fileSystem, full);
        return Open(settings, full, fileSystem, time, loggers, progress, identified, stop);
    }

    /// <summary>The same for any directory that exists.</summary>
    public static DataDirectory Open(
        EffectiveSettings settings,
        string full,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        IProgress<WorkProgress>? progress,
        Action<NodeFile, string>? identified,
        CancellationToken stop)
    {
        NodeFile found = NodeFile.ReadOrCreate(fileSystem, full);
        identified?.Invoke(found, full);
        ILogger logger = loggers.CreateLogger<ReplicaStore>();
        ReplicaStore store = ReplicaStore.Open(
            new StoreOptions
            {
                Directory = full,
                LogSegmentSize = (int)settings.Get(NodeSettings.SegmentSize),
                MemoryLimit = settings.Get(NodeSettings.MemoryLimit),
                LogRetentionBytes = settings.Get(NodeSettings.LogRetention),
                Progress = progress,
            },
            fileSystem,
            time,
            logger,
            observer: null,
            stop);

        // Read again under the lock: another process may have made the file at the same moment.
        return new DataDirectory(full, NodeFile.Read(fileSystem, full), store, logger);
    }

    /// <summary>
    /// Lets the store delete history that it needs no more. Until this is called it deletes none, so that whoever keeps
    /// history for others can say so first.
    /// </summary>
    public void LetHistoryGo() => _history.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker.Dispose();
        _history.Dispose();
        Store.Dispose();
    }
}
