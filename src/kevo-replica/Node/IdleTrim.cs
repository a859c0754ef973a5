using System.Runtime;
using Kevo.Platform;

namespace Kevo.Replica.Node;

/// <summary>
/// Gives memory back when the node has had nothing to do for a while: what starting up or the last burst of work left
/// behind. Once for each time it falls idle; a node that works is never looked into.
/// </summary>
internal sealed class IdleTrim : IDisposable
{
    /// <summary>How long nothing may have happened.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Func<long> _work;
    private readonly Action _trim;
    private readonly ITimer _timer;
    private long _seen = -1;
    private bool _trimmed;

    /// <summary>Begins to look.</summary>
    /// <param name="work">A number that grows with everything the node does for its primary and its clients.</param>
    /// <param name="trim">What gives the memory back.</param>
    /// <param name="time">The clock.</param>
    public IdleTrim(Func<long> work, Action trim, TimeProvider time)
    {
        _work = work;
        _trim = trim;
        _timer = time.CreateTimer(static self => ((IdleTrim)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Collects garbage, returns the free heap and the pages of the program to the system.</summary>
    public static void ReleaseMemory()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ProgramPages.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long work = _work();
        if (work != _seen)
        {
            _seen = work;
            _trimmed = false;
        }
        else if (!_trimmed)
        {
            _trimmed = true;
            _trim();
        }
    }
}
