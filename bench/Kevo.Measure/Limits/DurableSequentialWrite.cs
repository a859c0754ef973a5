using System.Diagnostics;

namespace Kevo.Measure.Limits;

/// <summary>
/// What the disk gives a program that appends and syncs as the log does, but thinks about nothing: a file that is
/// there, written in order, made durable after every batch.
/// </summary>
public static class DurableSequentialWrite
{
    /// <summary>Writes <paramref name="totalBytes"/> in batches.</summary>
    public static WriteCost Measure(string directory, long totalBytes, int batchBytes)
    {
        byte[] batch = new byte[batchBytes];
        Random.Shared.NextBytes(batch);
        using var file = new StandingFile(
            Path.Combine(directory, "durable-sequential-write"), Math.Max(batchBytes, StandingFile.LogBytes));
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        long written = 0;
        while (written < totalBytes)
        {
            file.Write(batch);
            file.Sync();
            written += batch.Length;
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        return new WriteCost(written / elapsed.TotalSeconds, cpu.TotalNanoseconds / written);
    }
}
