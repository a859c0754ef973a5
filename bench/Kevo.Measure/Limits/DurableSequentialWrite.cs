using System.Diagnostics;

namespace Kevo.Measure.Limits;

/// <summary>
/// What the disk gives a program that appends and syncs as the log does, but thinks about nothing: a file that is
/// there, written in order, made durable after every batch.
/// </summary>
public static class DurableSequentialWrite
{
    /// <summary>Writes <paramref name="totalBytes"/> in batches and returns bytes per second.</summary>
    public static double Measure(string directory, long totalBytes, int batchBytes)
    {
        byte[] batch = new byte[batchBytes];
        Random.Shared.NextBytes(batch);
        using var file = new StandingFile(
            Path.Combine(directory, "durable-sequential-write"), Math.Max(batchBytes, StandingFile.LogBytes));
        long started = Stopwatch.GetTimestamp();
        long written = 0;
        while (written < totalBytes)
        {
            file.Write(batch);
            file.Sync();
            written += batch.Length;
        }

        return written / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
