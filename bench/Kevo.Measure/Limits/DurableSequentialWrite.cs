using System.Diagnostics;

namespace Kevo.Measure.Limits;

/// <summary>
/// What the disk gives a program that appends and syncs as the log does, but thinks about nothing: a preallocated file,
/// written in order, made durable after every batch.
/// </summary>
public static class DurableSequentialWrite
{
    /// <summary>Writes <paramref name="totalBytes"/> in batches and returns bytes per second.</summary>
    public static double Measure(string directory, long totalBytes, int batchBytes)
    {
        string path = Path.Combine(directory, "durable-sequential-write");
        byte[] batch = new byte[batchBytes];
        Random.Shared.NextBytes(batch);
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, totalBytes);
            long started = Stopwatch.GetTimestamp();
            long written = 0;
            while (written < totalBytes)
            {
                RandomAccess.Write(file, batch, written);
                RandomAccess.FlushToDisk(file);
                written += batch.Length;
            }

            return written / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
