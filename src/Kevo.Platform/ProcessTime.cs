#if PLANTED_BUGS
using System.IO.MemoryMappedFiles;

#endif
namespace Kevo.Platform;

/// <summary>
/// Where a process takes its time from: the system. Builds with the symbol <c>PLANTED_BUGS</c>, those for the tests,
/// can have their time of day set while they run, because nobody may set the machine's: the variable
/// <c>KEVO_TEST_CLOCK</c> names a file, whose first eight bytes say by how many ticks of 100 ns it is off.
/// </summary>
public static class ProcessTime
{
#if PLANTED_BUGS
    /// <summary>The time; its durations and timers go on evenly in either case.</summary>
    public static TimeProvider Source =>
        Environment.GetEnvironmentVariable("KEVO_TEST_CLOCK") is { Length: > 0 } path
            ? new ShiftedClock(path)
            : TimeProvider.System;

    private sealed class ShiftedClock(string path) : TimeProvider
    {
        private readonly MemoryMappedViewAccessor _offset =
            MemoryMappedFile.CreateFromFile(path, FileMode.Open).CreateViewAccessor(0, sizeof(long));

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(_offset.ReadInt64(0));
    }
#else
    /// <summary>The time; its durations and timers go on evenly in either case.</summary>
    public static TimeProvider Source => TimeProvider.System;
#endif
}
