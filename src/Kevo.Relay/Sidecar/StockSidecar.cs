using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Watching;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Sidecar;

/// <summary>
/// A sidecar at work: one thread that copies a stock directory into a log of its own, woken by the file system. Serve
/// <see cref="Log"/> to replicas. Thread-safe.
/// </summary>
public sealed class StockSidecar : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly SidecarOptions _options;
    private readonly ILogger _logger;
    private readonly SidecarCopier _copier;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDirectoryWatcher? _watcher;
    private bool _stopping;
    private long _pulse;

    private StockSidecar(
        SidecarOptions options, ILogger logger, WriteAheadLog log, SidecarCopier copier)
    {
        _options = options;
        _logger = logger;
        Log = log;
        _copier = copier;
        _thread = new Thread(Run) { Name = "kevo sidecar", IsBackground = true };
    }

    /// <summary>The log that holds what was copied; closed when the sidecar is disposed.</summary>
    public WriteAheadLog Log { get; }

    /// <summary>Where it stands.</summary>
    public SidecarStatus Status => _copier.Status;

    /// <summary>
    /// A number that grows with every step, at least once a second; a watchdog that sees it stand still has found a
    /// sidecar that hangs.
    /// </summary>
    public long Pulse => Volatile.Read(ref _pulse);

    /// <summary>
    /// Ends when the sidecar stops: in good order after <see cref="Dispose"/>, else with the error that ended it.
    /// </summary>
    public Task Completion => _completed.Task;

    /// <summary>Opens the sidecar's directory, checks it against the stock directory and starts copying.</summary>
    /// <exception cref="KevoException">As <see cref="SidecarCopier.Open"/>, or the log cannot be opened.</exception>
    public static StockSidecar Start(
        SidecarOptions options,
        IFileSystem fileSystem,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken = default)
    {
        if (!fileSystem.DirectoryExists(options.Directory))
        {
            fileSystem.CreateDirectory("SIDECAR:CREATE", options.Directory);
        }

        var logOptions = new LogOptions
        {
            Directory = Path.Combine(options.Directory, "log"),
            SegmentSize = options.SegmentSize,
            Progress = options.Progress,
        };
        WriteAheadLog log = WriteAheadLog.Open(
            logOptions, fileSystem, time, logger, observer: null, cancellationToken);
        bool started = false;
        try
        {
            SidecarCopier copier = SidecarCopier.Open(options, fileSystem, log, time, logger, cancellationToken);
            var sidecar = new StockSidecar(options, logger, log, copier);
            sidecar._thread.Start();
            started = true;
            return sidecar;
        }
        finally
        {
            if (!started)
            {
                log.Dispose();
            }
        }
    }

    /// <summary>Stops copying after the step under way, notes how far it got, and closes the log.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            _watcher?.Wake();
        }

        _thread.Join();
        _copier.Dispose();
        Log.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!IsStopping())
            {
                EnsureWatcher();
                Volatile.Write(ref _pulse, _pulse + 1);
                while (_copier.RunStep() && !IsStopping())
                {
                    Volatile.Write(ref _pulse, _pulse + 1);
                    _copier.NoteChange();
                }

                Wait();
                _copier.NoteChange();
            }

            _copier.WriteState();
            _completed.SetResult();
        }
        catch (KevoException e)
        {
            _completed.SetException(e);
        }
        finally
        {
            lock (_gate)
            {
                _watcher?.Dispose();
                _watcher = null;
            }
        }
    }

    private void Wait()
    {
        TimeSpan wait = LongestWait;
        if (_copier.UntilNextLook is { } until)
        {
            wait = until < TimeSpan.Zero ? TimeSpan.Zero : until < wait ? until : wait;
        }

        _watcher!.Wait(wait);
    }

    private bool IsStopping()
    {
        lock (_gate)
        {
            return _stopping;
        }
    }

    /// <summary>
    /// Watches the directory as soon as it exists; until then, and where the system cannot, looks at intervals.
    /// </summary>
    private void EnsureWatcher()
    {
        if (_watcher is { IsImmediate: true } or PollingWatcher { IsFinal: true })
        {
            return;
        }

        IDirectoryWatcher watcher = OpenWatcher();
        lock (_gate)
        {
            _watcher?.Dispose();
            _watcher = watcher;
            if (_stopping)
            {
                watcher.Wake();
            }
        }
    }

    private IDirectoryWatcher OpenWatcher()
    {
        try
        {
            return InotifyWatcher.Open("SIDECAR:WATCH", _copier.WalDirectory);
        }
        catch (StorageException e) when (e.Fault == StorageFault.NotFound)
        {
            return new PollingWatcher(_options.PollInterval);
        }
        catch (StorageException e)
        {
            SidecarMessages.Polling(_logger, _copier.WalDirectory, e.Message, _options.PollInterval);
            return new PollingWatcher(_options.PollInterval) { IsFinal = true };
        }
    }
}
