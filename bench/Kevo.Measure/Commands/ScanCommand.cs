using System.CommandLine;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using Kevo.Storage.Store;
using static Kevo.Measure.Commands.Numbers;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>scan</c>: all keys in order, in process from tables in the page cache, and over gRPC beside a bare stream of the
/// same rows.
/// </summary>
public static class ScanCommand
{
    private const int ValueSize = 100;
    private const int Passes = 4;

    private static readonly Option<int> s_keys = new("--keys")
    {
        Description = "Keys in the store.",
        DefaultValueFactory = _ => 1_000_000,
        Validators = { MeasureOptions.Positive<int> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("scan", "All keys in order, in process and over gRPC beside a bare stream.")
        {
            s_keys, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int keys = parsed.GetValue(s_keys);
        int runs = parsed.GetValue(MeasureOptions.Runs);
        var figures = new FigureSet();
        using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
        using (ChildProcess echo = ChildProcess.Start("echo", Argument(ValueSize)))
        using (ChildProcess ours = ChildProcess.Start(
            "reads", scratch["served"], Argument(keys), Argument(ValueSize), "cold", "idle"))
        {
            string echoPort = echo.Read("port");
            string ourPort = ours.Read("port");

            // The first pass of each is for the servers' compilers.
            _ = BytesPerSecond(echoPort, keys);
            _ = BytesPerSecond(ourPort, keys);
            for (int run = 0; run < runs; run++)
            {
                figures.Add("bare gRPC stream", "MB/s", FigureRole.Limit, BytesPerSecond(echoPort, keys) / 1e6);
                figures.Add("Scan over gRPC", "MB/s", FigureRole.Ours, BytesPerSecond(ourPort, keys) / 1e6);
            }
        }

        InProcess(scratch["process"], keys, runs, figures);
        MeasureOptions.Publish(parsed, ToReport(figures, keys, runs));
        return 0;
    }

    private static double BytesPerSecond(string port, int rows)
    {
        using ChildProcess client = ChildProcess.Start("scan-load", port, Argument(Passes), Argument(rows));
        return client.ReadNumber("bytes") / client.ReadNumber("seconds");
    }

    private static void InProcess(string directory, int keys, int runs, FigureSet figures)
    {
        using ReplicaStore store = StoreFill.Create(directory, 256L << 20, out StoreWorker worker);
        StoreFill.Put(store, keys, ValueSize, static i => i);
        worker.Dispose();
        store.Flush();
        for (int warm = 0; warm < 3; warm++)
        {
            _ = StoreLoad.Scan(store, keys);
        }

        for (int run = 0; run < runs; run++)
        {
            figures.Add("Scan in process, tables", "MB/s", FigureRole.Ours, StoreLoad.Scan(store, keys) / 1e6);
        }
    }

    private static Report ToReport(FigureSet figures, int keys, int runs) => new()
    {
        Name = "scan",
        Description = "All keys in order from tables in the page cache; server and client as two processes.",
        Configuration =
        [
            new("keys", Text(keys)),
            new("value size", $"{ValueSize} B"),
            new("runs", Text(runs)),
            new("processors", Text(Environment.ProcessorCount)),
        ],
        Figures = figures.All,
        Bars =
        [
            new("Scan in process (MB/s)", figures.Median("Scan in process, tables"), 1_000),
            new(
                "Scan over gRPC to the bare stream",
                figures.Median("Scan over gRPC") / figures.Median("bare gRPC stream"), 0.7),
        ],
    };
}
