using System.Globalization;

namespace Kevo.Measure.Roles;

/// <summary>
/// Processor time of the calling thread alone: what is left of wall time when others crowd the machine.
/// </summary>
internal static class ThreadClock
{
    /// <summary>How long the thread has run on a processor.</summary>
    public static TimeSpan Now()
    {
        string[] fields = File.ReadAllText("/proc/thread-self/schedstat").Split(' ');
        return TimeSpan.FromMicroseconds(long.Parse(fields[0], CultureInfo.InvariantCulture) / 1000.0);
    }
}
