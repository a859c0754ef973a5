using System.Diagnostics;

namespace Kevo.Core.Tracing;

/// <summary>
/// Begins the spans of <see cref="SpanTable"/>. Whoever wants them listens to the <see cref="ActivitySource"/> of
/// <see cref="SpanTable.SourceName"/>; while nobody does, a span costs a branch and no memory. Thread-safe.
/// </summary>
/// <remarks>
/// A span of ours is never the ambient one (<see cref="Activity.Current"/>): it may live over many steps and threads,
/// and a connection opened meanwhile would carry its id to a primary that did not ask for it.
/// </remarks>
public static class Spans
{
    private static readonly ActivitySource Source = new(SpanTable.SourceName);

    /// <summary>Whether anybody listens.</summary>
    public static bool AreWanted => Source.HasListeners();

    /// <summary>Begins a span now; one that records nothing when nobody wants it.</summary>
    /// <param name="definition">Which one.</param>
    /// <param name="parent">The span it belongs to; none for a span of its own.</param>
    public static TraceSpan Start(SpanDefinition definition, ActivityContext parent = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Source.HasListeners() ? Start(definition, definition.Name, parent, default) : default;
    }

    /// <summary>The same under another name, for definitions that stand for several.</summary>
    public static TraceSpan Start(SpanDefinition definition, string name, ActivityContext parent)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Source.HasListeners() ? Start(definition, name, parent, default) : default;
    }

    /// <summary>Begins a span that began at another moment, to be ended by <see cref="TraceSpan.EndAt"/>.</summary>
    public static TraceSpan StartAt(SpanDefinition definition, DateTimeOffset start, ActivityContext parent = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Source.HasListeners() ? Start(definition, definition.Name, parent, start) : default;
    }

    private static TraceSpan Start(
        SpanDefinition definition, string name, ActivityContext parent, DateTimeOffset start)
    {
        Activity? ambient = Activity.Current;
        Activity.Current = null;
        Activity? span = Source.StartActivity(name, definition.Kind, parent, tags: null, links: null, start);
        Activity.Current = ambient;

        // A span that a sampler left out still exists when it could pass its id on, which ours never do.
        return span is { IsAllDataRequested: true } ? new TraceSpan(span) : default;
    }
}
