namespace Kevo.Replication.Tests.World;

/// <summary>
/// Runs everything that was scheduled on one thread, in order, until nothing is left. With it a replica is
/// deterministic: nothing happens between two calls of <see cref="Run"/>.
/// </summary>
internal sealed class Pump : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_posted)
        {
            _posted.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Runs <paramref name="first"/> and then everything that follows from it.</summary>
    public void Run(Action? first = null)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            first?.Invoke();
            for (int steps = 0; TryTake(out (SendOrPostCallback Callback, object? State) next); steps++)
            {
                Assert.True(steps < 1_000_000, "The world does not come to rest: something spins.");
                next.Callback(next.State);
            }
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) next)
    {
        lock (_posted)
        {
            return _posted.TryDequeue(out next);
        }
    }
}
