namespace Kevo.Relay.Stock;

/// <content>The lock cycles: which coincidences stop the primary for ever.</content>
public sealed partial class StockPrimaryModel
{
    private DateTimeOffset _writeUntil = DateTimeOffset.MinValue;
    private DateTimeOffset _queuedWriteUntil = DateTimeOffset.MinValue;
    private bool _writeHangs;

    /// <summary>
    /// Raised once when the primary freezes, with the cycle that did it, from inside the call that did it.
    /// </summary>
    public event Action<StockFreezeCycles>? Froze;

    /// <summary>The cycle that froze the primary; none while it lives.</summary>
    public StockFreezeCycles Frozen { get; private set; }

    /// <summary>Whether the primary has stopped answering for ever.</summary>
    public bool IsFrozen => Frozen != StockFreezeCycles.None;

    /// <summary>
    /// Whether Get is still answered: always while not frozen, and after an acknowledgement met a tick until the next
    /// write hangs on the engine's lock.
    /// </summary>
    public bool AnswersGet => !IsFrozen || (Frozen == StockFreezeCycles.AcknowledgementMeetsTick && !_writeHangs);

    /// <summary>Stops the primary for ever, as the cycle does, whether or not the coincidence happened.</summary>
    public void Freeze(StockFreezeCycles cycle)
    {
        if (!IsFrozen && cycle != StockFreezeCycles.None)
        {
            Frozen = cycle;
            Froze?.Invoke(cycle);
        }
    }

    /// <summary>Notes that a write begins; false when it hangs.</summary>
    private bool TryBeginWrite()
    {
        if (IsFrozen)
        {
            _writeHangs = true;
            return false;
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (now < _writeUntil)
        {
            // A second writer waits for the log and takes it the moment the first is done with its sync. A longer queue
            // is no worse than two, and must not reach far into the future when a test writes without letting time
            // pass.
            DateTimeOffset latest = now + (_options.SyncDuration * 2);
            _writeUntil += _options.SyncDuration;
            _writeUntil = _writeUntil > latest ? latest : _writeUntil;
            _queuedWriteUntil = _writeUntil;
        }
        else
        {
            _writeUntil = now + _options.SyncDuration;
        }

        return true;
    }

    /// <summary>A tick that is about to read the log; false when it froze the primary.</summary>
    private bool TickMayRead(StockSession session, DateTimeOffset now)
    {
        session.LastReadingTick = now;
        return !FreezesOn(StockFreezeCycles.TickMeetsWriters, now < _queuedWriteUntil);
    }

    /// <summary>
    /// A negative acknowledgement or a start sequence that is about to read; false when it froze the primary.
    /// </summary>
    private bool RequestMayRead() =>
        !FreezesOn(StockFreezeCycles.ReaderMeetsWriter, _time.GetUtcNow() < _writeUntil);

    /// <summary>An acknowledgement; false when it froze the primary.</summary>
    private bool AcknowledgementMayPass(StockSession session) =>
        !FreezesOn(
            StockFreezeCycles.AcknowledgementMeetsTick,
            session.StreamOpen && _time.GetUtcNow() < Later(session.LastReadingTick, _options.TickDuration));

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan by) =>
        time == DateTimeOffset.MinValue ? time : time + by;

    private bool FreezesOn(StockFreezeCycles cycle, bool coincides)
    {
        if (!coincides || (_options.FreezeCycles & cycle) == 0)
        {
            return false;
        }

        Freeze(cycle);
        return true;
    }

    private void Thaw()
    {
        Frozen = StockFreezeCycles.None;
        _writeHangs = false;
        _writeUntil = DateTimeOffset.MinValue;
        _queuedWriteUntil = DateTimeOffset.MinValue;
    }
}
