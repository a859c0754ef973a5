using Kevo.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Storage.Store;

/// <summary>
/// Drives a store's background work on a thread of its own, from construction until <see cref="Dispose"/>. Nothing but
/// the thread is here; what the work is, and that each step is bounded, is the store's business.
/// </summary>
public sealed class StoreWorker : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly ReplicaStore _store;
    private readonly ILogger _logger;
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Starts the thread. The worker is disposed before the store.</summary>
    public StoreWorker(ReplicaStore store, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _logger = logger ?? NullLogger.Instance;
        _store.WorkArose += Wake;
        _thread = new Thread(Run) { IsBackground = true, Name = "store", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>
    /// Ends the thread after the step it is in. Unfinished work is done again after the next opening.
    /// </summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _store.WorkArose -= Wake;
        _stopping = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Wake() => _wake.Set();

    private void Run()
    {
        while (!_stopping)
        {
            TimeSpan rest;
            try
            {
                if (_store.RunStep())
                {
                    continue;
                }

                rest = _store.UntilNextExpiry ?? Timeout.InfiniteTimeSpan;
            }
            catch (StorageException error) when (error.Fault == StorageFault.SyncFailed)
            {
                // The writer meets the same error in its next call and ends the process; nothing may be done here any
                // more.
                StoreMessages.StepFailedForGood(_logger, error.Message);
                return;
            }
            catch (StorageException error)
            {
                StoreMessages.StepFailed(_logger, Retry.TotalSeconds, error.Message);
                rest = Retry;
            }

            _wake.WaitOne(rest);
        }
    }
}
