namespace Kevo.Simulation.Engine;

/// <summary>Something that is due at a time.</summary>
internal sealed class TimedAction(Process owner, long due, Action action)
{
    private bool _cancelled;

    /// <summary>Whose it is; it dies with its process.</summary>
    public Process Owner => owner;

    /// <summary>When, in ticks since the world began.</summary>
    public long Due => due;

    /// <summary>Whether it will never run.</summary>
    public bool IsOver => _cancelled || !owner.IsAlive;

    /// <summary>Takes it back.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Runs it, unless it is over.</summary>
    public void Run()
    {
        if (!IsOver)
        {
            action();
        }
    }
}
