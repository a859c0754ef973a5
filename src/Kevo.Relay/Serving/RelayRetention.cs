using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Serving;

/// <summary>
/// Keeps the history that the slowest known replica needs and lets go of the rest, within limits. Looks by itself at
/// intervals once started; thread-safe. Dispose it before the log.
/// </summary>
public sealed class RelayRetention : IDisposable
{
    private readonly WriteAheadLog _log;
    private readonly RelayService _relay;
    private readonly RelayRetentionOptions _options;
    private readonly ILogger _logger;
    private readonly RetentionPin _pin;
    private readonly Lock _running = new();
    private readonly ITimer _timer;
    private IReadOnlyList<KnownReplica> _remembered = [];
    private bool _disposed;

    /// <summary>Starts keeping and deleting.</summary>
    /// <exception cref="ConfigurationException">An option makes no sense.</exception>
    /// <exception cref="StorageException">What is remembered of replicas cannot be read.</exception>
    public RelayRetention(
        WriteAheadLog log, RelayService relay, RelayRetentionOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        _log = log;
        _relay = relay;
        _options = options;
        _logger = logger;

        IReadOnlyList<KnownReplica> remembered = options.File?.Read() ?? [];
        relay.Restore(remembered);
        if (remembered.Count > 0)
        {
            RelayLog.ReplicasRemembered(logger, remembered.Count, Needed(remembered));
        }

        // Nothing is deleted before the first look, not even by others.
        _pin = log.PinRetention(LogPosition.None);
        _timer = time.CreateTimer(_ => RunTimed(), null, options.Interval, options.Interval);
    }

    /// <summary>Looks once: moves the mark of what is needed and deletes what may go.</summary>
    /// <returns>How many segments were deleted.</returns>
    /// <exception cref="StorageException">A segment could not be deleted; the next look tries again.</exception>
    public int RunStep()
    {
        lock (_running)
        {
            if (_disposed)
            {
                return 0;
            }

            // Written first, so that whoever counts when something is deleted still counts after a crash.
            IReadOnlyList<KnownReplica> replicas = _relay.GetStatus().Replicas;
            Remember(replicas);
            IReadOnlyList<LogSegment> segments = _log.ListSegments();
            LogPosition needed = Needed(replicas);
            LogPosition forced = _options.MaxBytes is { } limit
                ? LogSegment.StartOfLast(segments, limit)
                : LogPosition.None;
            if (forced > needed)
            {
                needed = forced;
                RelayLog.NeededHistoryDeleted(_logger, forced, _relay.EndBehind(forced));
            }

            _pin.Move(needed);
            if (!_options.Deletes)
            {
                return 0;
            }

            LogPosition kept = LogSegment.StartOfLast(segments, _options.KeepBytes);
            return _log.DeleteBelow(kept < needed ? kept : needed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_running)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            try
            {
                Remember(_relay.GetStatus().Replicas);
            }
            catch (StorageException e)
            {
                // The list written last is still there, and keeps more history than a newer one would.
                RelayLog.RetentionFailed(_logger, e.Message);
            }
        }

        _timer.Dispose();
        _pin.Dispose();
    }

    private void Remember(IReadOnlyList<KnownReplica> replicas)
    {
        if (_options.File is { } file && !replicas.SequenceEqual(_remembered))
        {
            file.Write(replicas);
            _remembered = replicas;
        }
    }

    /// <summary>What the slowest replica of this epoch holds last, which it compares when it comes back.</summary>
    private LogPosition Needed(IReadOnlyList<KnownReplica> replicas)
    {
        LogPosition durable = _log.Durable;
        LogPosition? slowest = null;
        foreach (KnownReplica replica in replicas)
        {
            bool counts = replica.Acknowledged.Epoch == durable.Epoch;
            if (counts && (slowest is null || replica.Acknowledged < slowest))
            {
                slowest = replica.Acknowledged;
            }
        }

        return slowest is { } needed && !PlantedBugs.Has(PlantedBug.NeededHistoryDeleted) ? needed : durable;
    }

    private void RunTimed()
    {
        try
        {
            RunStep();
        }
        catch (KevoException e)
        {
            // A timer has no caller; the next tick tries again, and the log says so meanwhile.
            RelayLog.RetentionFailed(_logger, e.Message);
        }
    }
}
