using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>reads</c>: Get over gRPC beside a bare gRPC echo on the same server stack, and Get and Scan in process.
/// </summary>
public static class ReadsCommand
{
    private static readonly Option<long> s_keys = new("--keys")
    {
        Description = "Keys in the store.",
        DefaultValueFactory = _ => 200_000,
    };

    private static readonly Option<int> s_connections = new("--connections")
    {
        Description = "Connections, one call at a time on each.",
        DefaultValueFactory = _ => 64,
    };

    private static readonly Option<double> s_seconds = new("--seconds")
    {
        Description = "Seconds of load in a run.",
        DefaultValueFactory = _ => 3,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("reads", "Get over gRPC beside a bare echo; Get and Scan in process.")
        {
            s_keys, s_connections, s_seconds, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        long keys = parsed.GetValue(s_keys);
        var load = new GetLoad(parsed.GetValue(s_connections), parsed.GetValue(s_seconds), keys);
        var figures = new FigureSet();
        for (int run = 0; run < parsed.GetValue(MeasureOptions.Runs); run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            load.Measure("echo", ["100"], figures, "bare gRPC echo", FigureRole.Limit);
            string count = keys.ToString(CultureInfo.InvariantCulture);
            load.Measure("reads", [scratch["hot"], count, "100", "hot"], figures, "Get, memtable", FigureRole.Ours);
            load.Measure("reads", [scratch["cold"], count, "100", "cold"], figures, "Get, tables", FigureRole.Ours);
            InProcess(scratch["process"], keys, figures);
        }

        Report report = ToReport(figures, keys, load);
        MeasureOptions.Publish(parsed, report);
        return 0;
    }

    private static void InProcess(string directory, long keys, FigureSet figures)
    {
        using ReplicaStore store = StoreFill.Create(directory, 256L << 20, out StoreWorker worker);
        StoreFill.Put(store, keys, 100, static i => i);
        worker.Dispose();
        _ = Get(store, keys, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Gets = 2_000_000;
        figures.Add("Get in process, memtable", "gets/s", FigureRole.Ours, Get(store, keys, Gets));
        figures.Add(
            "allocated by a Get in process", "B", FigureRole.Note,
            (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Gets);
        store.Flush();
        _ = Get(store, keys, 100_000);
        figures.Add("Get in process, tables", "gets/s", FigureRole.Ours, Get(store, keys, Gets));
        figures.Add("Scan in process, tables", "MB/s", FigureRole.Ours, Scan(store));
    }

    private static double Get(ReplicaStore store, long keys, int gets)
    {
        var random = new Random(7);
        Span<byte> key = stackalloc byte[16];
        using ISnapshot snapshot = store.OpenSnapshot();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < gets; i++)
        {
            StoreFill.WriteKey(key, random.NextInt64(keys));
            if (!snapshot.TryGet(key, out _))
            {
                throw new InvalidOperationException("A key that was put was not found.");
            }
        }

        return gets / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Scan(ReplicaStore store)
    {
        long bytes = 0;
        long started = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < 5; pass++)
        {
            using ISnapshot snapshot = store.OpenSnapshot();
            using IEntryCursor cursor = snapshot.Scan([], []);
            while (cursor.MoveNext())
            {
                bytes += cursor.Key.Length + cursor.Value.Length;
            }
        }

        return bytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static Report ToReport(FigureSet figures, long keys, GetLoad load) => new()
    {
        Name = "reads",
        Description = "Get over gRPC on loopback, server and clients as two processes, and reads in process.",
        Configuration =
        [
            new("keys", keys.ToString("N0", CultureInfo.InvariantCulture)),
            new("connections", load.Connections.ToString(CultureInfo.InvariantCulture)),
            new("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        ],
        Figures = figures.All,
        Bars =
        [
            new("hot Get to echo", figures.Median("Get, memtable") / figures.Median("bare gRPC echo"), 0.8),
            new("cold Get to echo", figures.Median("Get, tables") / figures.Median("bare gRPC echo"), 0.8),
            new("Get over gRPC per second", figures.Median("Get, memtable"), 30_000),
            new("p99 of Get over gRPC (us)", figures.Median("Get, memtable, p99"), 5_000, AtLeast: false),
            new("Get in process per second", figures.Median("Get in process, memtable"), 2_000_000),
            new("Scan in process (MB/s)", figures.Median("Scan in process, tables"), 1_000),
        ],
    };
}
