namespace Kevo.Simulation.Engine;

/// <summary>A timer of one process on the virtual clock.</summary>
internal sealed class ProcessTimer(Process owner, TimerCallback callback, object? state) : ITimer
{
    private TimedAction? _next;
    private bool _disposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
        {
            return false;
        }

        _next?.Cancel();
        _next = dueTime == Timeout.InfiniteTimeSpan ? null : owner.After(dueTime, () => Fire(period));
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        _next?.Cancel();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Fire(TimeSpan period)
    {
        _next = period > TimeSpan.Zero ? owner.After(period, () => Fire(period)) : null;
        callback(state);
    }
}
