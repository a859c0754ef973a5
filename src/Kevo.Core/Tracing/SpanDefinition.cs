using System.Diagnostics;

namespace Kevo.Core.Tracing;

/// <summary>One kind of span.</summary>
/// <param name="Name">Its name, as trace viewers group it.</param>
/// <param name="Meaning">What its beginning and end enclose, as one sentence.</param>
/// <param name="Attributes">The names of what it may carry.</param>
public sealed record SpanDefinition(string Name, string Meaning, params IReadOnlyList<string> Attributes)
{
    /// <summary>Internal, unless a call comes from or goes to another process.</summary>
    public ActivityKind Kind { get; init; } = ActivityKind.Internal;

    /// <summary>
    /// It comes with every batch or call, so that an exporter takes a sample; the others are rare, and all of them are
    /// worth having.
    /// </summary>
    public bool IsFrequent { get; init; }
}
