namespace Kevo.Simulation.Engine;

/// <summary>
/// One process of the simulated world: what its code awaits continues here, its timers run here, and when it dies none
/// of that ever runs again.
/// </summary>
internal sealed class Process : SynchronizationContext
{
    private readonly Scheduler _scheduler;
    private readonly List<Action> _deaths = [];
    private long _afterStall;

    public Process(Scheduler scheduler, string name)
    {
        _scheduler = scheduler;
        Name = name;
        Clock = new ProcessClock(this, scheduler);
    }

    /// <summary>For the transcript.</summary>
    public string Name { get; }

    /// <summary>The machine's clock as this process sees it.</summary>
    public ProcessClock Clock { get; }

    /// <summary>False once it was killed.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Until when nothing of it runs.</summary>
    public long StalledUntil { get; private set; }

    /// <summary>
    /// When the next thing runs that had to wait for the end of the stall: one after the other, so that what arrived in
    /// order stays in order.
    /// </summary>
    public long NextAfterStall() => _afterStall = Math.Max(_afterStall + 1, StalledUntil);

    /// <summary>Lets it stand still for a while from now.</summary>
    public void Stall(TimeSpan duration) =>
        StalledUntil = Math.Max(StalledUntil, _scheduler.Now + duration.Ticks);

    /// <summary>Calls something after a time.</summary>
    public TimedAction After(TimeSpan delay, Action action) =>
        _scheduler.At(this, _scheduler.Now + delay.Ticks, action);

    /// <summary>Calls something as soon as the seed wants it.</summary>
    public void Soon(Action action) => Post(static state => ((Action)state!)(), action);

    /// <summary>Told when the process dies, in the order of the calls.</summary>
    public void OnDeath(Action action) => _deaths.Add(action);

    /// <summary>Ends it at this very moment. What of it is on the stack unwinds without effect on others.</summary>
    public void Kill()
    {
        if (!IsAlive)
        {
            return;
        }

        IsAlive = false;
        foreach (Action death in _deaths)
        {
            death();
        }
    }

    /// <summary>Runs something in this process now.</summary>
    public void Run(Action action) => Run(static state => ((Action)state!)(), action);

    /// <summary>Runs something in this process now.</summary>
    public void Run(SendOrPostCallback callback, object? state)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsAlive)
        {
            _scheduler.Post(this, d, state);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => Run(d, state);

    public override SynchronizationContext CreateCopy() => this;
}
