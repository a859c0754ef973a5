namespace Kevo.Replication.Bootstrap;

/// <summary>One walk over the primary's keys. Disposing it early ends it at the primary too.</summary>
public interface IPrimaryScan : IAsyncDisposable
{
    /// <summary>Waits for the next row; false at the end.</summary>
    ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken);

    /// <summary>The key of the current row; valid until the next one.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The value of the current row; valid until the next one.</summary>
    ReadOnlySpan<byte> Value { get; }
}
