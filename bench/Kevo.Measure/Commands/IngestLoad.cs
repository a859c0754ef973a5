using System.Globalization;
using Kevo.Measure.Limits;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>One setting of <c>ingest</c>: what the relay holds, and how the replica takes it.</summary>
internal sealed record IngestLoad
{
    /// <summary>Entries in all, the warm-up included.</summary>
    public required long Entries { get; init; }

    /// <summary>Bytes of a value.</summary>
    public required int ValueSize { get; init; }

    /// <summary><c>sequential</c>, or <c>random:DISTINCT</c>.</summary>
    public string Keys { get; init; } = "sequential";

    /// <summary><c>none</c>, <c>zstd</c> or <c>snappy</c>.</summary>
    public string Codec { get; init; } = "none";

    /// <summary>Most megabytes (of 1,048,576 bytes) that the replica applies and syncs as one unit.</summary>
    public int BatchMegabytes { get; init; } = 1;

    /// <summary>Through the store; else the log alone.</summary>
    public bool Visible { get; init; }

    private int BytesInLog => Numbers.BytesInLog(ValueSize);

    // Half: by then the log has as many segments as it keeps, and uses the files of deleted ones again.
    private string WarmUp => (Entries / 2).ToString(CultureInfo.InvariantCulture);

    /// <summary>A rate of entries as megabytes of log.</summary>
    public double ToMegabytes(double perSecond) => perSecond * BytesInLog / 1e6;

    /// <summary>Fills a relay, then measures both limits and the replica in turn.</summary>
    public IngestRuns Measure(ScratchDirectory scratch, int count) => Measure(scratch, count, withLimits: true);

    /// <summary>Fills a relay, then measures the replica alone.</summary>
    public IngestRuns MeasureReplica(ScratchDirectory scratch, int count) => Measure(scratch, count, withLimits: false);

    private IngestRuns Measure(ScratchDirectory scratch, int count, bool withLimits)
    {
        var runs = new IngestRuns();
        using (ChildProcess relay = ChildProcess.Start(
            "relay", scratch["relay"], Entries.ToString(CultureInfo.InvariantCulture),
            ValueSize.ToString(CultureInfo.InvariantCulture), Keys))
        {
            string last = relay.Read("last");
            string port = relay.Read("port");
            for (int run = 0; run < count; run++)
            {
                if (withLimits)
                {
                    MeasureReceive(runs, relay, port, last);
                }

                MeasureReplica(runs, relay, scratch["replica"], port, last);
                if (withLimits)
                {
                    MeasureDisk(runs, scratch.Path);
                    MeasureReceiveAndWrite(runs, scratch["received"], port, last);
                }
            }
        }

        Directory.Delete(scratch["relay"], recursive: true);
        return runs;
    }

    private void MeasureReceive(IngestRuns runs, ChildProcess relay, string port, string last)
    {
        double relayCpu = CpuOf(relay);
        using (ChildProcess receiver = ChildProcess.Start("receive", port, last, Codec, WarmUp))
        {
            double entries = receiver.ReadNumber("entries");
            runs.Receive.Add(entries / receiver.ReadNumber("seconds"));
            runs.ReceiveCpuNanoseconds.Add(receiver.ReadNumber("cpu_seconds") * 1e9 / entries);
        }

        runs.RelayCpuWhileReceiving.Add((CpuOf(relay) - relayCpu) * 1e9 / Entries);
    }

    private void MeasureReceiveAndWrite(IngestRuns runs, string path, string port, string last)
    {
        using ChildProcess receiver = ChildProcess.Start(
            "receive", port, last, Codec, WarmUp, path,
            (BatchMegabytes << 20).ToString(CultureInfo.InvariantCulture));
        runs.ReceiveAndWrite.Add(receiver.ReadNumber("entries") / receiver.ReadNumber("seconds"));
    }

    private void MeasureReplica(IngestRuns runs, ChildProcess relay, string directory, string port, string last)
    {
        double relayCpu = CpuOf(relay);
        using (ChildProcess replica = ChildProcess.Start(
            "replica", port, directory, last, Visible ? "store" : "log", Codec, WarmUp,
            BatchMegabytes.ToString(CultureInfo.InvariantCulture)))
        {
            double entries = replica.ReadNumber("entries");
            runs.Ours.Add(entries / replica.ReadNumber("seconds"));
            runs.CpuNanoseconds.Add(replica.ReadNumber("cpu_seconds") * 1e9 / entries);
            runs.AllocatedBytes.Add(replica.ReadNumber("allocated_bytes") / entries);
            runs.EntriesPerSync.Add(entries / Math.Max(1, replica.ReadNumber("batches")));
        }

        runs.RelayCpuNanoseconds.Add((CpuOf(relay) - relayCpu) * 1e9 / Entries);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>The same bytes as the log writes, in batches of the size it syncs.</summary>
    private void MeasureDisk(IngestRuns runs, string directory)
    {
        int batch = (int)Math.Min(runs.EntriesPerSync[^1] * BytesInLog, 1 << 30);
        WriteCost cost = DurableSequentialWrite.Measure(directory, Entries * BytesInLog, batch);
        runs.Disk.Add(cost.BytesPerSecond / BytesInLog);
        runs.WriteCpuNanoseconds.Add(cost.ProcessorNanoseconds * BytesInLog);
    }

    private static double CpuOf(ChildProcess relay)
    {
        relay.Tell("cpu");
        return relay.ReadNumber("cpu_seconds");
    }
}
