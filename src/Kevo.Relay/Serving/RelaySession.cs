using Grpc.Core;
using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Relay.Serving;

/// <summary>
/// One stream: what its replica was sent and holds, and what its loop is asked to do next. The stream's loop owns the
/// sending side; acknowledgements, timers and the service call in from other threads.
/// </summary>
internal sealed class RelaySession : IDisposable
{
    // Half of what a host waits for its streams when it stops.
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _heartbeat;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _ended;
    private CancellationTokenSource _wake = new();
    private Status? _end;
    private ulong? _resendFrom;
    private bool _heartbeatDue;
    private bool _disposed;
    private long _lastSent;
    private LogPosition _sent;
    private LogPosition _acknowledged;
    private DateTimeOffset _lastHeard;
    private long _messages;
    private long _bytes;

    public RelaySession(string id, string? nodeId, string listener, string peer, LogPosition start,
        LogPosition held, RelayOptions options, TimeProvider time)
    {
        Id = id;
        NodeId = nodeId;
        Listener = listener;
        Peer = peer;
        Start = start;
        _time = time;
        _heartbeat = options.HeartbeatInterval;
        Connected = time.GetUtcNow();
        _lastSent = time.GetTimestamp();
        _lastHeard = Connected;
        _sent = new LogPosition(start.Epoch, start.Sequence == 0 ? 0 : start.Sequence - 1);
        _acknowledged = held;
        _ended = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _timer = time.CreateTimer(_ => NoteTime(), null, _heartbeat, _heartbeat);
    }

    public string Id { get; }

    public string? NodeId { get; }

    public string Listener { get; }

    public string Peer { get; }

    /// <summary>The name under which history is kept for the replica.</summary>
    public string Name => NodeId ?? Listener;

    public LogPosition Start { get; }

    public DateTimeOffset Connected { get; }

    /// <summary>
    /// Cancelled a moment after the relay ended the session, for a write that the other side does not take.
    /// </summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The status the relay ended the session with; null while it has not.</summary>
    public Status? End
    {
        get
        {
            lock (_gate)
            {
                return _end;
            }
        }
    }

    /// <summary>Ends the session from the relay's side; the first status given counts.</summary>
    public void EndWith(Status status)
    {
        lock (_gate)
        {
            if (_end is not null || _disposed)
            {
                return;
            }

            _end = status;

            // A write under way may still complete, and then the other side learns the status; one that does not is
            // cut. Under the gate, because the stream may end and dispose of this session at any moment.
            _ended.CancelAfter(EndGrace);
        }

        Wake();
    }

    /// <summary>Takes an acknowledgement; null when it is fine, else why it is not.</summary>
    public string? Acknowledge(ulong sequence)
    {
        lock (_gate)
        {
            ulong limit = Math.Max(_sent.Sequence, _acknowledged.Sequence);
            if (sequence > limit)
            {
                return $"sequence {sequence} was acknowledged but only {limit} was sent";
            }

            _lastHeard = _time.GetUtcNow();
            if (sequence > _acknowledged.Sequence)
            {
                _acknowledged = _acknowledged with { Sequence = sequence };
            }

            return null;
        }
    }

    public LogPosition Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return _acknowledged;
            }
        }
    }

    /// <summary>Asks the loop to send again from a number; the lowest of several requests counts.</summary>
    public void RequestResend(ulong from)
    {
        lock (_gate)
        {
            _resendFrom = _resendFrom is { } asked ? Math.Min(asked, from) : from;
            _lastHeard = _time.GetUtcNow();
        }

        Wake();
    }

    /// <summary>The number to send again from, once per request.</summary>
    public bool TryTakeResend(out ulong from)
    {
        lock (_gate)
        {
            from = _resendFrom.GetValueOrDefault();
            bool asked = _resendFrom is not null;
            _resendFrom = null;
            return asked;
        }
    }

    /// <summary>Whether an empty message is due, once per time that it is.</summary>
    public bool TryTakeHeartbeat()
    {
        lock (_gate)
        {
            bool due = _heartbeatDue;
            _heartbeatDue = false;
            return due;
        }
    }

    /// <summary>
    /// Counts a message that is about to be written. What was sent before stays acknowledgeable while a part of it is
    /// sent again.
    /// </summary>
    public void NoteSending(int bytes, LogPosition last)
    {
        lock (_gate)
        {
            _messages++;
            _bytes += bytes;
            _sent = last > _sent ? last : _sent;
            _lastSent = _time.GetTimestamp();
            _heartbeatDue = false;
        }
    }

    /// <summary>
    /// Waits until the log reaches a position, or the loop is asked for something else. Returns at once when
    /// <paramref name="stream"/> is cancelled, of which <see cref="Wake"/> may have told before there was a wait.
    /// </summary>
    public async ValueTask WaitAsync(ILogSource source, LogPosition position, CancellationToken stream)
    {
        CancellationToken wake;
        lock (_gate)
        {
            if (_resendFrom is not null || _heartbeatDue || _end is not null || stream.IsCancellationRequested)
            {
                return;
            }

            if (_wake.IsCancellationRequested)
            {
                _wake.Dispose();
                _wake = new CancellationTokenSource();
            }

            wake = _wake.Token;
        }

        try
        {
            await source.WaitForDurableAsync(position, wake);
        }
        catch (OperationCanceledException) when (wake.IsCancellationRequested)
        {
            // Woken for another reason than new data; the loop finds out which.
        }
    }

    /// <summary>Lets a loop that waits look around, from any thread.</summary>
    public void Wake()
    {
        CancellationTokenSource wake;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            wake = _wake;
        }

        try
        {
            wake.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The loop replaced it in between, so it is awake.
        }
    }

    public RelaySessionStatus GetStatus()
    {
        lock (_gate)
        {
            return new RelaySessionStatus
            {
                SessionId = Id,
                NodeId = NodeId,
                ListenerAddress = Listener,
                Peer = Peer,
                Start = Start,
                Sent = _sent,
                Acknowledged = _acknowledged,
                Connected = Connected,
                LastHeard = _lastHeard,
                Messages = _messages,
                Bytes = _bytes,
            };
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _timer.Dispose();
        _wake.Dispose();
        _ended.Dispose();
    }

    private void NoteTime()
    {
        lock (_gate)
        {
            if (_disposed || _time.GetElapsedTime(_lastSent) < _heartbeat)
            {
                return;
            }

            _heartbeatDue = true;
        }

        Wake();
    }
}
