using Kevo.Core;

namespace Kevo.Testing;

/// <summary>Keeps every report of progress, in order, on the thread that reports.</summary>
public sealed class ProgressRecorder : IProgress<WorkProgress>
{
    /// <summary>The reports.</summary>
    public List<WorkProgress> Reports { get; } = [];

    /// <inheritdoc/>
    public void Report(WorkProgress value) => Reports.Add(value);
}
