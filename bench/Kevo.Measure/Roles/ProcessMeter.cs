using System.Diagnostics;

namespace Kevo.Measure.Roles;

/// <summary>
/// Time, processor time and allocations of this whole process over a stretch of entries. The stretch begins after a
/// warm-up, so that connecting, compiling and first-time growth are not counted as the cost of an entry.
/// </summary>
public sealed class ProcessMeter
{
    private readonly ulong _first;
    private readonly long _started;
    private readonly TimeSpan _cpu;
    private readonly long _allocated;
    private readonly int _collections;

    private ProcessMeter(ulong first)
    {
        _first = first;
        _allocated = GC.GetTotalAllocatedBytes(precise: true);
        _collections = GC.CollectionCount(0);
        _cpu = Environment.CpuUsage.TotalTime;
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Begins a stretch; everything up to <paramref name="reached"/> came before it.</summary>
    public static ProcessMeter Start(ulong reached) => new(reached);

    /// <summary>
    /// Ends the stretch at <paramref name="reached"/> and says <c>entries</c>, <c>seconds</c>, <c>cpu_seconds</c>,
    /// <c>allocated_bytes</c> and <c>collections</c>.
    /// </summary>
    public void Say(ulong reached)
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        TimeSpan cpu = Environment.CpuUsage.TotalTime - _cpu;
        int collections = GC.CollectionCount(0) - _collections;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocated;
        RoleOutput.Say("entries", reached - _first);
        RoleOutput.Say("seconds", seconds);
        RoleOutput.Say("cpu_seconds", cpu.TotalSeconds);
        RoleOutput.Say("allocated_bytes", allocated);
        RoleOutput.Say("collections", collections);
    }
}
