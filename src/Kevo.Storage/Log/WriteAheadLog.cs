using Kevo.Core;
using Kevo.Platform;
using Microsoft.Extensions.Logging;

namespace Kevo.Storage.Log;

/// <summary>
/// The replica's own log: entries in frames, one frame per batch, in memory-mapped segments; durable when
/// <see cref="Sync"/> or <see cref="EndSync"/> returns. <c>docs/LOG_FORMAT.md</c> describes the files.
/// </summary>
/// <remarks>
/// <para>
/// One owner writes: <see cref="Append"/>, <see cref="Seal"/>, <see cref="Sync"/>, <see cref="BeginSync"/>,
/// <see cref="TryAwaitSync"/>, <see cref="EndSync"/>, <see cref="Discard"/>, <see cref="BeginEpoch(LogPosition)"/> and
/// <see cref="Dispose"/> are never called at the same time. Everything else may be called from any thread beside them.
/// </para>
/// <para>
/// The log starts no thread. <see cref="PrepareNextSegment"/> is the one piece of work worth doing ahead of need;
/// an owner that never calls it pays for it inside an append.
/// </para>
/// <para>
/// A failed sync is final: it is latched, and every later call that would write or wait fails with
/// <see cref="StorageFault.SyncFailed"/>. So is any failure once a new segment has its name. Any other failure of a
/// writing call loses the open frame; the caller must <see cref="Discard"/> it and may go on when the cause is gone.
/// </para>
/// </remarks>
public sealed partial class WriteAheadLog : ILogSource, IDisposable
{
    private readonly LogOptions _options;
    private readonly IFileSystem _fileSystem;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILogObserver? _observer;
    private readonly IDisposable _lock;
    private readonly DurableWaiters _waiters = new();

    // Guards the table, counts and pins of the segments. Never held during a call to the disk.
    private readonly Lock _gate = new();

    private volatile EpochState _epoch = new(0, 0);
    private volatile SegmentTable _segments = SegmentTable.Empty;
    private volatile StorageException? _failure;
    private LogState _state = LogState.NoEpoch;

    private WriteAheadLog(
        LogOptions options,
        IFileSystem fileSystem,
        TimeProvider time,
        ILogger logger,
        ILogObserver? observer,
        IDisposable directoryLock)
    {
        _options = options;
        _fileSystem = fileSystem;
        _time = time;
        _logger = logger;
        _observer = observer;
        _lock = directoryLock;
    }

    /// <summary>What opening found and did.</summary>
    public RecoveryReport Recovery { get; private set; } = null!;

    /// <summary>
    /// The last position on stable storage; where the epoch begins when it has no transaction yet;
    /// <see cref="LogPosition.None"/> before the first epoch. Never goes back.
    /// </summary>
    public LogPosition Durable => _epoch.Durable;

    /// <summary>
    /// The last position in the open frame, or what the frame before it ends at when that is empty. Writer's thread
    /// only.
    /// </summary>
    public LogPosition Appended => new(_epoch.Epoch, _lastSequence);

    /// <summary>The directory of the segments.</summary>
    public string Directory => _options.Directory;

    /// <summary>The failed sync that ended writing, or null.</summary>
    public StorageException? Failure => _failure;

    /// <inheritdoc/>
    public LogPosition First
    {
        get
        {
            lock (_gate)
            {
                EpochState epoch = _epoch;
                ulong? first = _segments.FirstSequenceOf(epoch.Epoch);
                return first is { } sequence && sequence <= epoch.DurableSequence
                    ? new LogPosition(epoch.Epoch, sequence)
                    : LogPosition.None;
            }
        }
    }

    /// <summary>Figures as of now.</summary>
    public LogStatistics GetStatistics()
    {
        lock (_gate)
        {
            SegmentTable segments = _segments;
            return new LogStatistics
            {
                Segments = segments.LiveCount,
                Bytes = segments.LiveBytes,
                DeletedButPinned = segments.DeletedCount,
                First = First,
                Durable = Durable,
                SyncedFrames = Volatile.Read(ref _syncedFrames),
                SyncedEntries = Volatile.Read(ref _syncedEntries),
                SyncedBytes = Volatile.Read(ref _syncedBytes),
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask WaitForDurableAsync(LogPosition position, CancellationToken cancellationToken) =>
        Durable >= position ? ValueTask.CompletedTask : _waiters.WaitAsync(position, () => Durable, cancellationToken);

    /// <summary>
    /// Closes the log without touching the disk. An open frame is lost as in a crash; sync or discard it first. Pins
    /// and cursors keep the memory they hold until they are disposed. No other call may be under way.
    /// </summary>
    public void Dispose()
    {
        if (_state == LogState.Disposed)
        {
            return;
        }

        _state = LogState.Disposed;
        _waiters.Fail(new ObjectDisposedException(nameof(WriteAheadLog)));
        Interlocked.Exchange(ref _spare, null)?.Mapping.Dispose();
        StopWriting();
        _publication?.Abandon();
        _publication = null;
        _file = null;
        _pending?.Mapping.Dispose();
        _pending = null;
        List<Segment> free = [];
        lock (_gate)
        {
            foreach (Segment segment in _segments.Live())
            {
                segment.Deleted = true;
                if (ReleaseReference(segment))
                {
                    free.Add(segment);
                }
            }
        }

        foreach (Segment segment in free)
        {
            segment.Mapping.Dispose();
        }

        _lock.Dispose();
    }

    // Latches a failed sync and gives the error to raise.
    private StorageException Latch(StorageException cause)
    {
        _failure ??= cause;
        _state = LogState.Failed;
        StorageException error = Failed();
        _waiters.Fail(error);
        return error;
    }

    private StorageException Failed()
    {
        StorageException cause = _failure!;
        return new StorageException(
            StorageFault.SyncFailed,
            $"The log in {_options.Directory} stopped because a sync failed: {cause.Message} Nothing is accepted "
            + "until the process has ended and recovery has decided from the bytes on disk.",
            cause.Path,
            cause);
    }

    private void RequireState(LogState required)
    {
        if (_state != required || _failure is not null)
        {
            throw NotReady();
        }
    }

    private Exception NotReady()
    {
        if (_failure is not null)
        {
            return Failed();
        }

        return _state switch
        {
            LogState.Disposed => new ObjectDisposedException(nameof(WriteAheadLog)),
            LogState.NoEpoch => new InvalidOperationException("No epoch has begun in this log; begin one first."),
            LogState.Broken => new InvalidOperationException("The open frame was lost by an error; discard it first."),
            LogState.Sealed => new InvalidOperationException("The frame is sealed; sync or discard it first."),
            _ => new InvalidOperationException("A frame is open; sync or discard it first."),
        };
    }
}
