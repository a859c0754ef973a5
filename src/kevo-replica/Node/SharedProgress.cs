using Kevo.Core;

namespace Kevo.Replica.Node;

/// <summary>Tells two who want to know how far long work is.</summary>
internal sealed class SharedProgress(IProgress<WorkProgress> first, IProgress<WorkProgress> second)
    : IProgress<WorkProgress>
{
    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        first.Report(value);
        second.Report(value);
    }
}
