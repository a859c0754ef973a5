using System.Globalization;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>What a process takes of the system at one moment.</summary>
/// <param name="ResidentKiB">Resident memory, file mappings included.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Threads.</param>
internal sealed record ProcessFigures(long ResidentKiB, int Handles, int Threads)
{
    /// <summary>Reads them from the kernel.</summary>
    public static ProcessFigures Of(int process)
    {
        string[] status = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"));
        string handles = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd");
        return new ProcessFigures(
            Number(status, "VmRSS:"), Directory.GetFileSystemEntries(handles).Length, (int)Number(status, "Threads:"));
    }

    private static long Number(string[] status, string name) => long.Parse(
        status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
            .Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);
}
