using System.Globalization;

namespace Kevo.Measure.Roles;

/// <summary>What the system says about this process's memory.</summary>
internal static class ProcessMemory
{
    /// <summary>The most that was resident at one time, mapped files included, in bytes (<c>VmHWM</c>).</summary>
    public static long PeakResident()
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture) << 10;
            }
        }

        throw new InvalidOperationException("The system does not tell the peak of resident memory.");
    }
}
