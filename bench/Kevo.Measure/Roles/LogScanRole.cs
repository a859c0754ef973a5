using System.Diagnostics;
using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;

namespace Kevo.Measure.Roles;

/// <summary>
/// Opens a log without a checkpoint, so that recovery has to scan all of it. Says <c>bytes</c>, <c>seconds</c>, and
/// <c>read_seconds</c>, which reading the same files through one buffer takes.
/// </summary>
public static class LogScanRole
{
    /// <summary>Arguments: directory, last sequence.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[1], CultureInfo.InvariantCulture);
        byte[] buffer = new byte[1 << 20];
        long started = Stopwatch.GetTimestamp();
        long bytes = 0;
        foreach (string file in Directory.EnumerateFiles(arguments[0]))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                bytes += read;
            }
        }

        RoleOutput.Say("bytes", bytes);
        double readSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = arguments[0] }, LinuxFileSystem.Instance);
        if (log.Durable != new LogPosition(1, last))
        {
            throw new InvalidOperationException($"Recovery ended at {log.Durable} instead of sequence {last}.");
        }

        RoleOutput.Say("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        RoleOutput.Say("read_seconds", readSeconds);
        return Task.FromResult(0);
    }
}
