using Kevo.Relay.Sidecar;
using Kevo.Storage.Log;

namespace Kevo.Replica.Node;

/// <summary>A log that <c>relay</c> serves, and whoever fills it.</summary>
internal sealed class RelaySource
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    /// <summary>The log; it stays its owner's.</summary>
    public required WriteAheadLog Log { get; init; }

    /// <summary>The name of the node that serves it.</summary>
    public required string NodeId { get; init; }

    /// <summary>Whether old segments are deleted by the relay; else their owner does.</summary>
    public required bool Deletes { get; init; }

    /// <summary>Ends when the log is filled no more; a directory that is only served never does.</summary>
    public Task Ended => Sidecar?.Completion ?? Never;

    /// <summary>What is copied from stock Kevo; null when nothing is.</summary>
    public StockSidecar? Sidecar { get; init; }
}
