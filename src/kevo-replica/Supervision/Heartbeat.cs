namespace Kevo.Replica.Supervision;

/// <summary>
/// Sends the service manager a line of status from time to time and, as long as the work goes on, the
/// sign that keeps its watchdog quiet. When it stays away, the manager ends the process and starts it again.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);

    private readonly ServiceManager _manager;
    private readonly Func<bool> _isAlive;
    private readonly Func<string> _status;
    private readonly Action _hangs;
    private readonly Lock _beating = new();
    private readonly ITimer? _timer;
    private bool _hung;

    /// <param name="manager">Whom to tell; without one nothing happens.</param>
    /// <param name="isAlive">Whether the work goes on; asked once a beat.</param>
    /// <param name="status">The line of status.</param>
    /// <param name="hangs">Called when the work is first found to hang.</param>
    /// <param name="time">The clock.</param>
    public Heartbeat(
        ServiceManager manager, Func<bool> isAlive, Func<string> status, Action hangs, TimeProvider time)
    {
        _manager = manager;
        _isAlive = isAlive;
        _status = status;
        _hangs = hangs;
        if (manager.IsPresent)
        {
            // systemd asks for half its limit at least; a third leaves room for one late beat.
            TimeSpan interval =
                manager.Watchdog is { } limit && limit / 3 < StatusInterval ? limit / 3 : StatusInterval;
            _timer = time.CreateTimer(static beat => ((Heartbeat)beat!).Beat(), this, interval, interval);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Beat()
    {
        lock (_beating)
        {
            bool alive = _isAlive();
            if (!alive && !_hung)
            {
                _hangs();
            }

            _hung = !alive;
            if (alive && _manager.Watchdog is not null)
            {
                _manager.Alive(_status());
            }
            else
            {
                _manager.Status(_status());
            }
        }
    }
}
