using Kevo.Core;

namespace Kevo.Storage;

/// <summary>The ordered, readable side of a store. Thread-safe.</summary>
public interface IKeyValueStore
{
    /// <summary>
    /// The last position readers can see: every transaction up to it, whole, and none after it. Never goes back.
    /// </summary>
    LogPosition Visible { get; }

    /// <summary>A view of exactly the history up to <see cref="Visible"/> at this moment; dispose it soon.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.LimitExceeded"/>: too many snapshots are open.
    /// </exception>
    ISnapshot OpenSnapshot();

    /// <summary>Whether readers see no key at all. Looks for the first one.</summary>
    /// <exception cref="StorageException">As <see cref="OpenSnapshot"/>.</exception>
    bool IsEmpty()
    {
        using ISnapshot view = OpenSnapshot();
        using IEntryCursor cursor = view.Scan(default, default);
        return !cursor.MoveNext();
    }

    /// <summary>Completes as soon as <see cref="Visible"/> is at or past <paramref name="position"/>.</summary>
    ValueTask WaitForVisibleAsync(LogPosition position, CancellationToken cancellationToken);

    /// <summary>Figures about the store as of now; cheap, never a scan.</summary>
    StoreStatistics GetStatistics();
}
