using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>
/// Keeps history from being deleted, from a position on, for as long as it is not disposed. Thread-safe; disposing
/// twice does nothing.
/// </summary>
public sealed class RetentionPin : IDisposable
{
    private readonly WriteAheadLog _log;
    private LogPosition _position;

    internal RetentionPin(WriteAheadLog log, LogPosition position)
    {
        _log = log;
        _position = position;
    }

    /// <summary>The first position that is kept. The log reads it under its gate.</summary>
    internal LogPosition Position => _position;

    /// <summary>
    /// Keeps from <paramref name="from"/> on instead; forwards to let go, backwards to keep what is still there.
    /// </summary>
    public void Move(LogPosition from) => _log.Move(ref _position, from);

    /// <inheritdoc/>
    public void Dispose() => _log.Unpin(this);
}
