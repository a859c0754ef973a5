using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Measure.Limits;

/// <summary>
/// What syncing costs on this disk beside other writes, for a program that thinks about nothing: one thread writes and
/// syncs frames in a file, the other writes longer files and syncs each at its end. All files are there from the
/// beginning and are written over, so that nothing is allocated, given back or named.
/// </summary>
public sealed class SyncBesideWrites
{
    private const int LogBytes = 64 << 20;
    private const int TableBytes = 8 << 20;
    private const int TableFiles = 64;
    private const int Piece = 1 << 20;

    private readonly string _directory;
    private readonly double _tableBytesPerSecond;
    private volatile bool _stopping;

    private SyncBesideWrites(string directory, double tableBytesPerSecond)
    {
        _directory = directory;
        _tableBytesPerSecond = tableBytesPerSecond;
    }

    /// <summary>The longest sync, in milliseconds, and how many took more than 50.</summary>
    /// <param name="directory">An existing directory on the disk.</param>
    /// <param name="time">How long.</param>
    /// <param name="frameBytes">Bytes of a frame.</param>
    /// <param name="framesPerSecond">Frames in a second, as far as the disk allows.</param>
    /// <param name="tableBytesPerSecond">Other bytes in a second, as far as the disk allows.</param>
    public static (double Longest, int Over50) Measure(
        string directory, TimeSpan time, int frameBytes, double framesPerSecond, double tableBytesPerSecond)
    {
        var limit = new SyncBesideWrites(directory, tableBytesPerSecond);
        limit.MakeFiles();
        var tables = new Thread(limit.WriteTables);
        tables.Start();
        try
        {
            return limit.SyncFrames(time, frameBytes, framesPerSecond);
        }
        finally
        {
            limit._stopping = true;
            tables.Join();
        }
    }

    private (double Longest, int Over50) SyncFrames(TimeSpan time, int frameBytes, double framesPerSecond)
    {
        byte[] frame = RandomBytes(frameBytes);
        double longest = 0;
        int over50 = 0;
        long at = 0;
        using SafeFileHandle log = Open("log");
        var pace = new Pace(framesPerSecond);
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            at = at + frameBytes > LogBytes ? 0 : at;
            long begun = Stopwatch.GetTimestamp();
            RandomAccess.Write(log, frame, at);
            RandomAccess.FlushToDisk(log);
            double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            longest = Math.Max(longest, took);
            over50 += took > 50 ? 1 : 0;
            at += frameBytes;
            pace.Take();
        }

        return (longest, over50);
    }

    private void WriteTables()
    {
        byte[] piece = RandomBytes(Piece);
        var pace = new Pace(_tableBytesPerSecond / Piece);
        for (int next = 0; !_stopping; next = (next + 1) % TableFiles)
        {
            using SafeFileHandle table = Open(TableName(next));
            for (long at = 0; at < TableBytes && !_stopping; at += Piece)
            {
                RandomAccess.Write(table, piece, at);
                pace.Take();
            }

            RandomAccess.FlushToDisk(table);
        }
    }

    private void MakeFiles()
    {
        byte[] piece = RandomBytes(Piece);
        foreach ((string name, int length) in Enumerable.Range(0, TableFiles)
            .Select(static i => (TableName(i), TableBytes)).Append(("log", LogBytes)))
        {
            using SafeFileHandle file = File.OpenHandle(
                Path.Combine(_directory, name), FileMode.CreateNew, FileAccess.Write);
            for (long at = 0; at < length; at += Piece)
            {
                RandomAccess.Write(file, piece, at);
            }

            RandomAccess.FlushToDisk(file);
        }
    }

    private SafeFileHandle Open(string name) =>
        File.OpenHandle(Path.Combine(_directory, name), FileMode.Open, FileAccess.Write);

    private static string TableName(int number) => $"table-{number}";

    private static byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }
}
