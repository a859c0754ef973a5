using Kevo.Core;

namespace Kevo.Replica.Terminal;

/// <summary>Shows whoever watches how far long work is. Thread-safe; disposing it ends the showing.</summary>
internal interface IWorkDisplay : IProgress<WorkProgress>, IDisposable
{
    /// <summary>A person sees it drawn, so that it may change often; else every report may become a line.</summary>
    bool IsDrawn { get; }

    /// <summary>The work is over, or there is nothing to show for now; the next report begins anew.</summary>
    void Hide();
}
