using Kevo.Core;

namespace Kevo.Storage;

/// <summary>A log as those who serve it onwards see it: the durable batches, by position. Thread-safe.</summary>
public interface ILogSource
{
    /// <summary>The first position still held; <see cref="LogPosition.None"/> when nothing is.</summary>
    LogPosition First { get; }

    /// <summary>The last durable position. Never goes back.</summary>
    LogPosition Durable { get; }

    /// <summary>
    /// Opens a cursor whose first batch contains <paramref name="from"/> (or the first position after it that is yet to
    /// come). Batches under an open cursor are not deleted.
    /// </summary>
    /// <exception cref="RetentionException">The position is below <see cref="First"/>.</exception>
    /// <exception cref="DivergenceException">
    /// The position is in another epoch, or beyond the end of this one.
    /// </exception>
    ILogCursor OpenCursor(LogPosition from);

    /// <summary>
    /// Completes as soon as <see cref="Durable"/> is at or past <paramref name="position"/>; at once if it is already.
    /// </summary>
    ValueTask WaitForDurableAsync(LogPosition position, CancellationToken cancellationToken);
}
