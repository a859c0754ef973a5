using System.Diagnostics.Tracing;

namespace Kevo.Server.Metrics;

/// <summary>
/// Marks what the data path does for tracing tools (<c>dotnet-trace</c>, <c>perf</c>): batches, syncs, state changes.
/// Costs a branch while nobody listens.
/// </summary>
[EventSource(Name = "Kevo-Replica")]
public sealed class ReplicaEventSource : EventSource
{
    /// <summary>The one instance.</summary>
    public static readonly ReplicaEventSource Log = new();

    private ReplicaEventSource()
    {
    }

    /// <summary>A batch was applied to the store, not yet synced.</summary>
    /// <param name="lastSequence">The sequence number it ends with.</param>
    /// <param name="entries">Entries in it.</param>
    /// <param name="microseconds">Time it took.</param>
    [Event(1, Level = EventLevel.Informational)]
    public void BatchApplied(long lastSequence, long entries, long microseconds)
    {
        if (IsEnabled())
        {
            WriteEvent(1, lastSequence, entries, microseconds);
        }
    }

    /// <summary>The log was synced.</summary>
    /// <param name="durableSequence">The sequence number that is durable now.</param>
    /// <param name="microseconds">Time it took.</param>
    [Event(2, Level = EventLevel.Informational)]
    public void LogSynced(long durableSequence, long microseconds)
    {
        if (IsEnabled())
        {
            WriteEvent(2, durableSequence, microseconds);
        }
    }

    /// <summary>The follower changed its state.</summary>
    /// <param name="from">The state left.</param>
    /// <param name="to">The state entered.</param>
    [Event(3, Level = EventLevel.Informational)]
    public void StateChanged(string from, string to)
    {
        if (IsEnabled())
        {
            WriteEvent(3, from, to);
        }
    }
}
