namespace Kevo.Platform.Watching;

/// <summary>
/// The stand-in for file systems that report no changes (network file systems, some containers): it says "maybe" at
/// intervals.
/// </summary>
/// <param name="interval">The longest a change goes unnoticed.</param>
public sealed class PollingWatcher(TimeSpan interval) : IDirectoryWatcher
{
    private readonly AutoResetEvent _wake = new(initialState: false);

    /// <inheritdoc/>
    public bool IsImmediate => false;

    /// <summary>Whether a better watcher was tried and cannot be had, so that trying again is of no use.</summary>
    public bool IsFinal { get; init; }

    /// <inheritdoc/>
    public bool Wait(TimeSpan timeout)
    {
        bool timeoutComesFirst = timeout != Timeout.InfiniteTimeSpan && timeout < interval;
        return _wake.WaitOne(timeoutComesFirst ? timeout : interval) || !timeoutComesFirst;
    }

    /// <inheritdoc/>
    public void Wake() => _wake.Set();

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();
}
