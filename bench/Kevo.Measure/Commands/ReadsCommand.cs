using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>reads</c>: Get over gRPC beside a bare gRPC echo on the same server stack, and Get in process.
/// </summary>
public static class ReadsCommand
{
    private const int ValueSize = 100;
    private const long HotKeys = 1_000;

    private static readonly Option<long> s_keys = new("--keys")
    {
        Description = "Keys in the store.",
        DefaultValueFactory = _ => 200_000,
        Validators = { MeasureOptions.Positive<long> },
    };

    private static readonly Option<int> s_connections = new("--connections")
    {
        Description = "Connections.",
        DefaultValueFactory = _ => 64,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<int> s_inFlight = new("--in-flight")
    {
        Description = "Calls at a time on each connection.",
        DefaultValueFactory = _ => 1,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<double> s_seconds = new("--seconds")
    {
        Description = "Seconds of load in a run.",
        DefaultValueFactory = _ => 3,
        Validators = { MeasureOptions.Positive<double> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("reads", "Get over gRPC beside a bare echo, and Get in process.")
        {
            s_keys, s_connections, s_inFlight, s_seconds,
            MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        long keys = parsed.GetValue(s_keys);
        var load = new GetLoad(
            parsed.GetValue(s_connections), parsed.GetValue(s_inFlight), parsed.GetValue(s_seconds), keys, ValueSize);
        var figures = new FigureSet();
        for (int run = 0; run < parsed.GetValue(MeasureOptions.Runs); run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            load.Measure("echo", ["100"], figures, "bare gRPC echo", FigureRole.Limit);
            string count = keys.ToString(CultureInfo.InvariantCulture);
            load.Measure(
                "reads", [scratch["hot"], count, "100", "hot", "idle"], figures, "Get, memtable", FigureRole.Ours);
            load.Measure(
                "reads", [scratch["cold"], count, "100", "cold", "idle"], figures, "Get, tables", FigureRole.Ours);
            load.Measure(
                "echo", ["100", scratch["beside"], count, "ingesting"], figures, "bare gRPC echo while ingesting",
                FigureRole.Limit);
            load.Measure(
                "reads", [scratch["busy"], count, "100", "hot", "ingesting"], figures, "Get while ingesting",
                FigureRole.Ours);
            InProcess(scratch["process"], keys, figures);
        }

        Report report = ToReport(figures, keys, load);
        MeasureOptions.Publish(parsed, report);
        return 0;
    }

    private static void InProcess(string directory, long keys, FigureSet figures)
    {
        const int Gets = 2_000_000;
        using ReplicaStore store = StoreFill.Create(directory, StoreFill.AllInMemory, out StoreWorker worker);
        StoreFill.Put(store, keys, ValueSize, static i => i);
        _ = StoreLoad.Get(store, keys, 500_000, ValueSize);
        long before = GC.GetAllocatedBytesForCurrentThread();
        figures.Add(
            "Get in process, hot keys", "gets/s", FigureRole.Ours, StoreLoad.Get(store, HotKeys, Gets, ValueSize));
        figures.Add(
            "Get in process, memtable", "gets/s", FigureRole.Ours, StoreLoad.Get(store, keys, Gets, ValueSize));
        figures.Add(
            "allocated by a Get in process", "B", FigureRole.Note,
            Math.Round((GC.GetAllocatedBytesForCurrentThread() - before) / (2.0 * Gets), 2));
        InProcessWhileIngesting(store, keys, figures);
        worker.Dispose();
        store.Flush();
        _ = StoreLoad.Get(store, keys, 500_000, ValueSize);
        figures.Add("Get in process, tables", "gets/s", FigureRole.Ours, StoreLoad.Get(store, keys, Gets, ValueSize));
    }

    private static void InProcessWhileIngesting(ReplicaStore store, long keys, FigureSet figures)
    {
        using var stop = new CancellationTokenSource();
        Task<double> ingest = Task.Factory.StartNew(
            () => StoreFill.PutUntil(store, keys, ValueSize, stop.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        (double perSecond, double perProcessorSecond) = StoreLoad.GetFresh(store, keys, 2_000_000, ValueSize);
        stop.Cancel();
        figures.Add("Get in process while ingesting", "gets/s", FigureRole.Ours, perSecond);
        figures.Add(
            "Get in process while ingesting, of processor time", "gets/s", FigureRole.Ours, perProcessorSecond);
        figures.Add("Get in process while ingesting, ingested meanwhile", "entries/s", FigureRole.Note, ingest.Result);
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
            new("hot Get in process per second", figures.Median("Get in process, hot keys"), 2_000_000),
            new(
                "Get to echo while ingesting",
                figures.Median("Get while ingesting") / figures.Median("bare gRPC echo while ingesting"), 0.8),
            new("Get over gRPC per second while ingesting", figures.Median("Get while ingesting"), 30_000),
            new(
                "p99 of Get over gRPC while ingesting (us)", figures.Median("Get while ingesting, p99"), 5_000,
                AtLeast: false),
            new(
                "Get in process per second of processor time while ingesting",
                figures.Median("Get in process while ingesting, of processor time"), 1_000_000),
        ],
    };
}
