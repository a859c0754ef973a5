namespace Kevo.Measure.Reporting;

/// <summary>One function in one place of the call tree, with the samples that were in it or below it.</summary>
public sealed class FlameNode(string name)
{
    private readonly SortedDictionary<string, FlameNode> _callees = new(StringComparer.Ordinal);

    /// <summary>The function.</summary>
    public string Name { get; } = name;

    /// <summary>Samples in it and in what it calls.</summary>
    public long Samples { get; private set; }

    /// <summary>What it calls, by name.</summary>
    public IEnumerable<FlameNode> Callees => _callees.Values;

    /// <summary>Counts one sample: this function calls the first of <paramref name="calls"/>, and so on.</summary>
    public void Add(ReadOnlySpan<string> calls)
    {
        Samples++;
        if (calls.IsEmpty)
        {
            return;
        }

        if (!_callees.TryGetValue(calls[0], out FlameNode? callee))
        {
            callee = new FlameNode(calls[0]);
            _callees.Add(calls[0], callee);
        }

        callee.Add(calls[1..]);
    }
}
