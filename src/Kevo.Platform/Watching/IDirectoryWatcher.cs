namespace Kevo.Platform.Watching;

/// <summary>Tells when something in one directory may have changed: a file grew, came, went or was renamed.</summary>
/// <remarks>
/// One thread waits; any thread may wake it. A change between two waits ends the next one at once. It may report
/// changes that are none; whoever waits looks for itself.
/// </remarks>
public interface IDirectoryWatcher : IDisposable
{
    /// <summary>
    /// Whether changes are reported as they happen. False when they are only looked for at intervals, so that silence
    /// means less.
    /// </summary>
    bool IsImmediate { get; }

    /// <summary>Blocks until something may have changed, <see cref="Wake"/> is called, or the time is over.</summary>
    /// <returns>True unless the time was over with nothing seen.</returns>
    /// <exception cref="Core.StorageException">The watch failed.</exception>
    bool Wait(TimeSpan timeout);

    /// <summary>Ends the wait under way, or the next one.</summary>
    void Wake();
}
