using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Platform;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;
using Kevo.Storage.Memtable;
using Kevo.Storage.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Storage.Store;

/// <content>Opening: checkpoint, log, left-overs, tables, replay.</content>
public sealed partial class ReplicaStore
{
    /// <summary>Opens the store of a directory, or begins an empty one, which has no epoch yet.</summary>
    /// <param name="options">Directory, sizes and limits.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">Ages snapshots and measures durations; the system's when null.</param>
    /// <param name="logger">Hears of opening, work and epochs; nobody when null.</param>
    /// <param name="observer">Hears of the log's syncs and segments; nobody when null.</param>
    /// <param name="cancellationToken">Ends the reading of the log.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.InUse"/>, <see cref="StorageFault.Corrupt"/>, <see cref="StorageFault.UnknownVersion"/>,
    /// or a fault of the disk; the message names the file.
    /// </exception>
    public static ReplicaStore Open(
        StoreOptions options,
        IFileSystem fileSystem,
        TimeProvider? time = null,
        ILogger? logger = null,
        ILogObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fileSystem);
        using TraceSpan span = Spans.Start(SpanTable.Recovery);
        time ??= TimeProvider.System;
        logger ??= NullLogger.Instance;
        var directory = new StoreDirectory(fileSystem, options.Directory);
        directory.CreateRoot();
        IDisposable directoryLock = fileSystem.LockDirectory("STORE:LOCK", options.Directory);
        WriteAheadLog? log = null;
        ReplicaStore? store = null;
        bool opened = false;
        try
        {
            directory.Settle();
            Checkpoint? found = directory.ReadCheckpoint();
            log = WriteAheadLog.Open(
                LogOptionsFor(options, directory, found), fileSystem, time, logger, observer, cancellationToken);
            Checkpoint checkpoint = found ?? BeginDirectory(directory, log);
            if (checkpoint.Position.Epoch > log.Durable.Epoch)
            {
                // A crash fell between the checkpoint that begins an epoch and the log's own beginning of it.
                log.BeginEpoch(checkpoint.Position);
            }

            store = OpenParts(
                options, fileSystem, time, logger, directoryLock, directory, log, checkpoint, cancellationToken);
            store.Replay(checkpoint.Position, cancellationToken);
            opened = true;
            span.Set(store.Durable).Set(
                SpanAttributes.Tables, checkpoint.Runs.Sum(static run => run.Tables.Count));
            return store;
        }
        catch (KevoException failure) when (span.FailAndPass(failure))
        {
            throw;
        }
        finally
        {
            if (!opened)
            {
                store?.Dispose();
                log?.Dispose();
                directoryLock.Dispose();
            }
        }
    }

    private static LogOptions LogOptionsFor(StoreOptions options, StoreDirectory directory, Checkpoint? checkpoint)
    {
        var logOptions = new LogOptions
        {
            Directory = directory.Log,
            SegmentSize = options.LogSegmentSize,
            Checkpoint = checkpoint?.Position ?? LogPosition.None,
            Progress = options.Progress,
        };
        return options.LogSaltSource is { } salts ? logOptions with { SaltSource = salts } : logOptions;
    }

    /// <summary>
    /// The first checkpoint of a directory. It exists before any table does, so its absence later is damage.
    /// </summary>
    private static Checkpoint BeginDirectory(StoreDirectory directory, WriteAheadLog log)
    {
        LogPosition first = log.First;
        bool logIsWhole = log.Durable == LogPosition.None
            || first.Sequence == 1
            || (first == LogPosition.None && log.Durable.Sequence == 0);
        if (directory.HasTables() || !logIsWhole)
        {
            throw new StorageException(
                StorageFault.Corrupt,
                $"There is no checkpoint {directory.CheckpointPath}, but there are tables, or a log from {first} on. "
                + "Restore the checkpoint from a copy, or resynchronise this node into an empty directory.",
                directory.CheckpointPath);
        }

        Checkpoint checkpoint = Checkpoint.Empty with { Position = new LogPosition(log.Durable.Epoch, 0) };
        directory.WriteCheckpoint(checkpoint);
        return checkpoint;
    }

    private static ReplicaStore OpenParts(
        StoreOptions options,
        IFileSystem fileSystem,
        TimeProvider time,
        ILogger logger,
        IDisposable directoryLock,
        StoreDirectory directory,
        WriteAheadLog log,
        Checkpoint checkpoint,
        CancellationToken cancellationToken)
    {
        var obsolete = new ObsoleteFiles(fileSystem);
        directory.CollectLeftovers(checkpoint, obsolete);
        while (!obsolete.IsEmpty)
        {
            obsolete.RemoveNext();
        }

        var residency = new BlockResidency(options.MemoryLimit / 2);
        SortedRun[] runs = OpenRuns(options, fileSystem, directory, checkpoint, residency, cancellationToken);
        var pools = new NodePools();
        var context = new StoreContext
        {
            Options = options,
            FileSystem = fileSystem,
            Time = time,
            Directory = directory,
            Log = log,
            Checkpoint = new CheckpointKeeper(directory, checkpoint),
            Versions = new VersionSet(new StoreVersion(
                new VisibleState(checkpoint.Position), [new LogMemtable(log, pools)], runs)),
            Snapshots = new SnapshotRegistry(options.MaxSnapshots, options.MaxSnapshotAge, time),
            Obsolete = obsolete,
            Residency = residency,
            Counters = new StoreCounters(),
        };
        foreach (StoredTable table in runs.SelectMany(static run => run.Tables))
        {
            table.RemoveReference();
        }

        return new ReplicaStore(directoryLock, context, pools, logger);
    }

    private static SortedRun[] OpenRuns(
        StoreOptions options,
        IFileSystem fileSystem,
        StoreDirectory directory,
        Checkpoint checkpoint,
        BlockResidency residency,
        CancellationToken cancellationToken)
    {
        List<StoredTable> opened = [];
        SortedRun[]? result = null;
        int count = checkpoint.Runs.Sum(static run => run.Tables.Count);
        try
        {
            List<SortedRun> runs = [];
            foreach (CheckpointRun run in checkpoint.Runs)
            {
                var tables = new StoredTable[run.Tables.Count];
                for (int i = 0; i < tables.Length; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    tables[i] = StoredTable.Open(
                        fileSystem,
                        directory.Tables,
                        run.Tables[i],
                        options.FilterBitsPerKey,
                        residency,
                        cancellationToken);
                    opened.Add(tables[i]);
                    options.Progress?.Report(new WorkProgress("opening tables", opened.Count, count));
                }

                runs.Add(new SortedRun(tables, run.NewKeys));
            }

            result = [.. runs];
            return result;
        }
        finally
        {
            if (result is null)
            {
                opened.ForEach(static table => table.RemoveReference());
            }
        }
    }

    /// <summary>Puts what the tables do not cover into memtables, from the log.</summary>
    private void Replay(LogPosition checkpoint, CancellationToken cancellationToken)
    {
        WriteAheadLog log = _context.Log;
        _trimmer.Mark(checkpoint);
        if (log.Durable > checkpoint)
        {
            ulong total = log.Durable.Sequence - Math.Min(log.Durable.Sequence, checkpoint.Sequence);
            using LogCursor cursor = log.OpenCursor(checkpoint.Next);
            while (cursor.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                RotateIfFull();
                LogMemtable active = _context.Versions.Current.Memtables[0];
                ulong first = checkpoint.Sequence + (PlantedBugs.Has(PlantedBug.ReplaySkipsFirst) ? 2UL : 1UL);
                FrameReader frame = cursor.ReadFrame();
                active.Expect(cursor.FrameBytes);
                active.Insert(ref frame, first, int.MaxValue);
                _context.Versions.Current.Visible.Advance(cursor.LastPosition.Sequence);
                _options.Progress?.Report(new WorkProgress(
                    "replaying the log", (long)(cursor.LastPosition.Sequence - checkpoint.Sequence), (long)total));
                KeepPace();
            }
        }

        StoreMessages.Opened(
            _logger, _options.Directory, checkpoint, Visible, _context.Versions.Current.Runs.Length);
    }
}
