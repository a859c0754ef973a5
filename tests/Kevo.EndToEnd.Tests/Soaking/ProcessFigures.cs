using System.Globalization;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>What a process takes of the system at one moment.</summary>
/// <param name="MemoryKiB">
/// Resident memory of its own: without the pages of files, of which the log it maps grows with what is written, and
/// which the system takes back when it wants.
/// </param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Threads.</param>
internal sealed record ProcessFigures(long MemoryKiB, int Handles, int Threads)
{
    /// <summary>Reads them from the kernel.</summary>
    public static ProcessFigures Of(int process)
    {
        string[] status = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"));
        string handles = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd");
        return new ProcessFigures(
            Number(status, "RssAnon:"),
            Directory.GetFileSystemEntries(handles).Length,
            (int)Number(status, "Threads:"));
    }

    private static long Number(string[] status, string name) => long.Parse(
        status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
            .Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);
}
