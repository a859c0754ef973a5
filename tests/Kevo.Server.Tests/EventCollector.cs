using System.Diagnostics.Tracing;
using Kevo.Server.Metrics;

namespace Kevo.Server.Tests;

/// <summary>Keeps the trace events that the thread that made it raises.</summary>
internal sealed class EventCollector : EventListener
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<string> _events = [];

    public EventCollector() => EnableEvents(ReplicaEventSource.Log, EventLevel.Informational);

    /// <summary>The events so far, with their fields.</summary>
    public IReadOnlyList<string> Events => _events;

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource == ReplicaEventSource.Log && Environment.CurrentManagedThreadId == _thread)
        {
            IEnumerable<string> fields =
                eventData.PayloadNames!.Zip(eventData.Payload!, (name, value) => $"{name}={value}");
            _events.Add($"{eventData.EventName}({string.Join(", ", fields)})");
        }
    }
}
