using System.Runtime.CompilerServices;
using Kevo.Core.Testing;
using Kevo.Replication.Observation;
using Kevo.Replication.Session;

namespace Kevo.Replication.Receive;

/// <summary>
/// Reads a stream to its end and does nothing else: no parsing, no waiting for the disk. Started and awaited by the
/// loop; one per session.
/// </summary>
internal sealed class StreamReceiver
{
    /// <summary>No response with an entry is shorter: an entry's payload alone has 13 bytes and a key.</summary>
    public const int LongestEmptyResponse = 15;

    private readonly IReplicationSession _session;
    private readonly ReceiveQueue _queue;
    private readonly FullQueueRule _rule;
    private readonly Signal _wakeLoop;
    private readonly CounterBoard _counters;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Task _task = Task.CompletedTask;
    private volatile bool _ended;
    private volatile bool _broughtEntries;
    private volatile bool _heldBack;
    private long _lastArrival;

    public StreamReceiver(
        IReplicationSession session, ReceiveQueue queue, FullQueueRule rule, Signal wakeLoop, CounterBoard counters,
        TimeProvider time)
    {
        _session = session;
        _queue = queue;
        _rule = rule;
        _wakeLoop = wakeLoop;
        _counters = counters;
        _time = time;
        _lastArrival = time.GetTimestamp();
    }

    /// <summary>When the last response arrived, or the stream was opened; timestamp of the time provider.</summary>
    public long LastArrival => Interlocked.Read(ref _lastArrival);

    /// <summary>
    /// How long nothing has arrived; nothing while a response waits for room in the queue, because none is read then.
    /// Any thread.
    /// </summary>
    public TimeSpan Silence => _heldBack ? TimeSpan.Zero : _time.GetElapsedTime(LastArrival);

    /// <summary>True when the stream is over; <see cref="EndAsync"/> then says how.</summary>
    public bool HasEnded => _ended;

    /// <summary>True once a response with an entry has arrived; heartbeats have none.</summary>
    public bool HasBroughtEntries => _broughtEntries;

    /// <summary>Begins to read.</summary>
    public void Start() => _task = RunAsync();

    /// <summary>Waits for the end of the stream and throws what ended it, if that was an error.</summary>
    public Task EndAsync() => _task;

    /// <summary>
    /// Stops reading and waits until it has stopped. What it met on the way out is of no interest any more.
    /// </summary>
    public async ValueTask StopAsync()
    {
        _stop.Cancel();
        _queue.ReleaseProducer();
        await _task.ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _session.ReceiveAsync(_stop.Token) is { } message)
            {
                long now = _time.GetTimestamp();
                Interlocked.Exchange(ref _lastArrival, now);
                _counters.CountReceived(message.Length);
                _broughtEntries |= message.Length > LongestEmptyResponse;
                await AdmitAsync(new ReceivedMessage(message, now));
                _wakeLoop.Set();
            }
        }
        finally
        {
            _ended = true;
            _wakeLoop.Set();
        }
    }

    /// <summary>Hands the message to the queue, which owns it then, or disposes it.</summary>
    /// <remarks>It waits whenever the log is slower than the stream, so that what it waits with is pooled.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AdmitAsync(ReceivedMessage message)
    {
        while (!_queue.TryEnqueue(in message))
        {
            bool waits = _rule == FullQueueRule.Wait || PlantedBugs.Has(PlantedBug.BackPressureOntoStock);
            if (!waits || _stop.IsCancellationRequested)
            {
                if (_rule != FullQueueRule.Spill || !_queue.TrySpill(in message))
                {
                    _counters.CountDropped();
                }

                message.Message.Dispose();
                return;
            }

            _heldBack = true;
            await _queue.WaitForRoomAsync(in message);
            Interlocked.Exchange(ref _lastArrival, _time.GetTimestamp());
            _heldBack = false;
        }
    }
}
