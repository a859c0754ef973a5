using Kevo.Testing.Disk;

namespace Kevo.Simulation.Engine;

/// <summary>
/// The one thread of a simulated world. It runs what is ready in an order that the seed decides, and moves the clock
/// when nothing is. Continuations of tasks, timers and deliveries of the network all pass through here.
/// </summary>
internal sealed class Scheduler(Random random, Transcript transcript)
{
    private const int MostStepsAtOnce = 200_000;

    private readonly List<(Process Owner, SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly PriorityQueue<TimedAction, (long Due, long Order)> _timed = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;
    private int _stepsNow;

    /// <summary>Ticks (100 ns) since the world began.</summary>
    public long Now { get; private set; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>What is wrong with the world; it stops at the next step.</summary>
    public SimulationFailure? Failure { get; private set; }

    /// <summary>Notes a violation; the first one counts. Code under test cannot swallow it.</summary>
    public SimulationFailure Fail(string message, Exception? inner = null)
    {
        Failure ??= new SimulationFailure(message, inner);
        return Failure;
    }

    /// <summary>Runs until a time; what is due then still runs.</summary>
    public void RunUntil(long until)
    {
        while (RunStep(until))
        {
        }

        Now = Math.Max(Now, until);
    }

    /// <summary>Runs until a condition holds; false when a time is reached before.</summary>
    public bool RunUntil(Func<bool> condition, long until)
    {
        while (!condition())
        {
            if (!RunStep(until))
            {
                return condition();
            }
        }

        return true;
    }

    /// <summary>Calls something at a time, unless its process has died by then or it was cancelled.</summary>
    public TimedAction At(Process owner, long due, Action action)
    {
        var timed = new TimedAction(owner, Math.Max(due, Now), action);
        _timed.Enqueue(timed, (timed.Due, _order++));
        return timed;
    }

    internal void Post(Process owner, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            Fail($"Something of {owner.Name} left the simulated thread; then a seed repeats nothing.");
        }

        _ready.Add((owner, callback, state));
    }

    private bool RunStep(long until)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        if (_ready.Count == 0 && !MakeDueReady(until))
        {
            return false;
        }

        int index = _ready.Count == 1 ? 0 : random.Next(_ready.Count);
        (Process owner, SendOrPostCallback callback, object? state) = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        Steps++;
        if (++_stepsNow > MostStepsAtOnce)
        {
            throw Fail($"{owner.Name} spins: {MostStepsAtOnce} steps, and no time passes.");
        }

        if (owner.IsAlive && owner.StalledUntil > Now)
        {
            long due = owner.NextAfterStall();
            _timed.Enqueue(new TimedAction(owner, due, () => callback(state)), (due, _order++));
        }
        else if (owner.IsAlive)
        {
            transcript.Note(Now, owner.Name, "runs", _ready.Count);
            Run(owner, callback, state);
        }

        if (Failure is not null)
        {
            throw Failure;
        }

        return true;
    }

    // A timer's callback has no caller that would meet the end of its process.
    private static void Run(Process owner, SendOrPostCallback callback, object? state)
    {
        try
        {
            owner.Run(callback, state);
        }
        catch (SimulatedCrashException) when (!owner.IsAlive)
        {
            // The machine stopped in the middle of it.
        }
    }

    private bool MakeDueReady(long until)
    {
        while (_timed.TryPeek(out TimedAction? next, out _) && next.IsOver)
        {
            _timed.Dequeue();
        }

        if (!_timed.TryPeek(out TimedAction? first, out _) || first.Due > until)
        {
            return false;
        }

        _stepsNow = Now == first.Due ? _stepsNow : 0;
        Now = first.Due;
        while (_timed.TryPeek(out TimedAction? due, out _) && due.Due <= Now)
        {
            _timed.Dequeue();
            if (!due.IsOver)
            {
                _ready.Add((due.Owner, static state => ((TimedAction)state!).Run(), due));
            }
        }

        return true;
    }
}
