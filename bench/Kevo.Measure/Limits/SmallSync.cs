using System.Diagnostics;

namespace Kevo.Measure.Limits;

/// <summary>What one small durable write costs on this disk: a page written in order, then synced.</summary>
public static class SmallSync
{
    private const int Page = 4096;

    /// <summary>
    /// The median of so many writes, in microseconds: one at once after the other, or with a pause before each, in
    /// which disk and processors fall asleep as they do between puts.
    /// </summary>
    public static double MedianMicroseconds(string directory, int count, TimeSpan pause = default)
    {
        string path = Path.Combine(directory, "small-sync");
        double[] microseconds = new double[count];
        byte[] page = new byte[Page];
        Random.Shared.NextBytes(page);
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, (long)count * Page);
            for (int i = 0; i < count; i++)
            {
                if (pause > TimeSpan.Zero)
                {
                    Task.Delay(pause, TimeProvider.System).Wait();
                }

                long started = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, page, (long)i * Page);
                RandomAccess.FlushToDisk(file);
                microseconds[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            }
        }
        finally
        {
            File.Delete(path);
        }

        Array.Sort(microseconds);
        return microseconds[count / 2];
    }
}
