using System.Globalization;
using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Storage.Log;

namespace Kevo.Replica.Commands;

/// <summary><c>wal verify</c>: reads every byte of a log; the exit code tells whether it could be opened.</summary>
internal sealed class WalVerifyCommand : WalCommand
{
    /// <inheritdoc/>
    public override string Name => "verify";

    /// <inheritdoc/>
    public override string Summary =>
        "Verify every frame of a log; exit code 3 when something would stop it from being opened.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.WalVerify;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        bool wantsJson = invocation.Settings.Get(RequestSettings.Json);
        if (StockPath(invocation) is { } stock)
        {
            return Task.FromResult(StockWal.Verify(invocation, stock, wantsJson, stop));
        }

        LogInspection found = Inspect(invocation, stop);
        TextWriter output = invocation.Output.Out;
        if (wantsJson)
        {
            output.WriteLine(JsonText.Of(json => WriteJson(json, found), indented: true));
        }
        else
        {
            foreach (RecoveryFinding finding in found.Findings)
            {
                output.WriteLine(finding.ToString());
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(found.IsSound ? "sound" : "damaged")}: {found.Segments.Count} segments, {found.Frames} frames, "
                + $"{found.Entries} entries verified"));
        }

        if (found.IsSound)
        {
            return Task.FromResult(ExitCode.Ok);
        }

        RecoveryFinding first = found.Findings.First(finding => finding.Decision == RecoveryDecision.Stop);
        throw new StorageException(
            StorageFault.Corrupt, $"The log cannot be opened: {first}", first.Path);
    }

    private static void WriteJson(Utf8JsonWriter json, LogInspection found)
    {
        json.WriteStartObject();
        json.WriteString("directory", found.Directory);
        json.WriteBoolean("sound", found.IsSound);
        json.WriteNumber("segments", found.Segments.Count);
        json.WriteNumber("frames", found.Frames);
        json.WriteNumber("entries", found.Entries);
        json.WriteStartArray("findings");
        foreach (RecoveryFinding finding in found.Findings)
        {
            json.WriteStartObject();
            json.WriteString("case", finding.Case.ToString());
            json.WriteString("decision", finding.Decision.ToString());
            json.WriteString("path", finding.Path);
            json.WriteNumber("offset", finding.Offset);
            json.WriteString("detail", finding.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
