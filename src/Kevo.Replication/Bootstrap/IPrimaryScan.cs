using Kevo.Core;

namespace Kevo.Replication.Bootstrap;

/// <summary>One walk over the primary's keys. Disposing it early ends it at the primary too.</summary>
public interface IPrimaryScan : IAsyncDisposable
{
    /// <summary>
    /// Before the first row: waits until the walk has begun, and returns the position that all of its rows reflect.
    /// Null when the primary does not say one, as a stock primary, whose walk reflects no single moment.
    /// </summary>
    ValueTask<LogPosition?> ReadPositionAsync(CancellationToken cancellationToken) => new((LogPosition?)null);

    /// <summary>Waits for the next row; false at the end.</summary>
    ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken);

    /// <summary>The key of the current row; valid until the next one.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The value of the current row; valid until the next one.</summary>
    ReadOnlySpan<byte> Value { get; }
}
