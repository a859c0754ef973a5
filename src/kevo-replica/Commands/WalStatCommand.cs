using System.Globalization;
using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Storage.Log;

namespace Kevo.Replica.Commands;

/// <summary><c>wal stat</c>: the segments of a log and what is in them.</summary>
internal sealed class WalStatCommand : WalCommand
{
    /// <inheritdoc/>
    public override string Name => "stat";

    /// <inheritdoc/>
    public override string Summary => "List the segments of a log with what each holds.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.WalStat;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        bool wantsJson = invocation.Settings.Get(RequestSettings.Json);
        if (StockPath(invocation) is { } stock)
        {
            return Task.FromResult(StockWal.Stat(invocation, stock, wantsJson, stop));
        }

        LogInspection found = Inspect(invocation, stop);
        if (wantsJson)
        {
            invocation.Output.Out.WriteLine(JsonText.Of(json => WriteJson(json, found), indented: true));
            return Task.FromResult(ExitCode.Ok);
        }

        var table = new TextTable("segment", "first", "last", "frames", "entries", "used bytes", "file bytes", "end");
        foreach (SegmentSummary segment in found.Segments)
        {
            table.Add(
                Path.GetFileName(segment.Path),
                new LogPosition(segment.Epoch, segment.FirstSequence).ToString(),
                new LogPosition(segment.Epoch, segment.LastSequence).ToString(),
                Number(segment.Frames),
                Number(segment.Entries),
                Number(segment.UsedBytes),
                Number(segment.FileLength),
                segment.Ending.Case.ToString());
        }

        table.Write(invocation.Output);
        invocation.Output.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Segments.Count} segments, {found.Frames} frames, {found.Entries} entries, {found.Bytes} bytes"));
        return Task.FromResult(ExitCode.Ok);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void WriteJson(Utf8JsonWriter json, LogInspection found)
    {
        json.WriteStartObject();
        json.WriteString("directory", found.Directory);
        json.WriteNumber("frames", found.Frames);
        json.WriteNumber("entries", found.Entries);
        json.WriteNumber("bytes", found.Bytes);
        json.WriteBoolean("sound", found.IsSound);
        json.WriteStartArray("segments");
        foreach (SegmentSummary segment in found.Segments)
        {
            json.WriteStartObject();
            json.WriteString("path", segment.Path);
            json.WriteNumber("id", segment.Id);
            json.WriteNumber("epoch", segment.Epoch);
            json.WriteNumber("first", segment.FirstSequence);
            json.WriteNumber("last", segment.LastSequence);
            json.WriteNumber("frames", segment.Frames);
            json.WriteNumber("entries", segment.Entries);
            json.WriteNumber("usedBytes", segment.UsedBytes);
            json.WriteNumber("fileBytes", segment.FileLength);
            json.WriteBoolean("closed", segment.Closed);
            json.WriteString("end", segment.Ending.Case.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
