using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Storage.Log;

namespace Kevo.Replica.Commands;

/// <summary><c>wal dump</c>: the entries of a log, one line each.</summary>
internal sealed class WalDumpCommand : WalCommand
{
    /// <inheritdoc/>
    public override string Name => "dump";

    /// <inheritdoc/>
    public override string Summary => "Print the entries of a log, one line each: position, operation, key, value.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.WalDump;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        if (StockPath(invocation) is { } stock)
        {
            return Task.FromResult(StockWal.Dump(invocation, stock, stop));
        }

        EffectiveSettings settings = invocation.Settings;
        string from = settings.Get(RequestSettings.From);
        LogPosition first = LogPosition.None;
        if (from.Length > 0 && !LogPosition.TryParse(from, out first))
        {
            throw new ConfigurationException(
                $"{RequestSettings.From.Flag}: \"{from}\" is no position; write EPOCH:SEQUENCE, such as 1:1000.");
        }

        long limit = settings.Get(RequestSettings.Limit);
        bool hexadecimal = settings.Get(RequestSettings.Hex);
        bool json = settings.Get(RequestSettings.Json);
        TextWriter output = invocation.Output.Out;
        long left = limit == 0 ? long.MaxValue : limit;
        LogInspector.Dump(
            LinuxFileSystem.Instance,
            LogDirectory(invocation),
            first,
            (in InspectedEntry entry) =>
            {
                output.WriteLine(json ? Json(in entry, hexadecimal) : Line(in entry, hexadecimal));
                return --left > 0;
            },
            stop);
        return Task.FromResult(ExitCode.Ok);
    }

    private static string Line(in InspectedEntry entry, bool hexadecimal)
    {
        WalEntry content = entry.Entry;
        string key = ByteText.Of(content.Key, hexadecimal);
        return content.Operation == Operation.Delete
            ? $"{entry.Position} delete {key}"
            : $"{entry.Position} {content.Operation.ToString().ToLowerInvariant()} {key} "
                + ByteText.Of(content.Value, hexadecimal);
    }

    private static string Json(in InspectedEntry entry, bool hexadecimal)
    {
        WalEntry content = entry.Entry;
        string position = entry.Position.ToString();
        string file = Path.GetFileName(entry.Path);
        long frame = entry.FrameOffset;
        string operation = content.Operation.ToString().ToLowerInvariant();
        string key = ByteText.Of(content.Key, hexadecimal);
        string? value = content.Operation == Operation.Delete ? null : ByteText.Of(content.Value, hexadecimal);
        return JsonText.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("position", position);
            json.WriteString("operation", operation);
            json.WriteString("key", key);
            if (value is not null)
            {
                json.WriteString("value", value);
            }

            json.WriteString("segment", file);
            json.WriteString("frame", frame.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        });
    }
}
