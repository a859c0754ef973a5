using System.Globalization;
using System.Net;
using System.Text.Json;
using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Server.Reporting;

namespace Kevo.Replica.Commands;

/// <summary><c>status</c>: what a running replica says about itself.</summary>
internal sealed class StatusCommand : ReplicaCommand
{
    private const string Unknown = "unknown";
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override string Name => "status";

    /// <inheritdoc/>
    public override string Summary => "Show state, positions and lag of a running replica or relay.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Status;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        using AdminClient client = AdminClient.Create(invocation.Settings, invocation.Time);
        bool watch = invocation.Settings.Get(RequestSettings.Watch);
        do
        {
            (HttpStatusCode code, string body) = await client.GetAsync("/status", stop);
            if (code != HttpStatusCode.OK)
            {
                throw new ProtocolException(
                    $"{client.Address} answered {(int)code}; is it the admin endpoint of a replica?");
            }

            Show(invocation, body, watch);
            if (watch)
            {
                await Task.Delay(WatchInterval, invocation.Time, stop);
            }
        }
        while (watch);
        return ExitCode.Ok;
    }

    private static void Show(Invocation invocation, string body, bool watch)
    {
        if (invocation.Settings.Get(RequestSettings.Json))
        {
            invocation.Output.Out.WriteLine(body);
            return;
        }

        StatusDocument document;
        try
        {
            document = JsonSerializer.Deserialize(body, StatusJson.Default.StatusDocument)!;
        }
        catch (JsonException error)
        {
            throw new ProtocolException("The answer is no status; is it the admin endpoint of a replica?", error);
        }

        if (watch && invocation.Output.IsTerminal)
        {
            invocation.Output.Console.Clear(home: true);
        }

        Table(document).Write(invocation.Output);
        invocation.Output.Out.WriteLine(ReadinessText.Of(document.Readiness));
    }

    private static TextTable Table(StatusDocument document)
    {
        ReplicaReport replica = document.Replica;
        var table = new TextTable("item", "value");
        string id = document.Node.Id.Length > 0 ? document.Node.Id : "not known yet";
        table.Add("node", $"{id}, version {document.Node.Version}, process {document.Node.ProcessId}");
        table.Add("role", replica.Role);
        table.Add("data", document.Node.DataDirectory);
        table.Add("state", $"{replica.State} since {Time(replica.StateSince)}");
        if (replica.Recovery is { } work)
        {
            table.Add("recovery", work.Fraction is { } part
                ? string.Create(CultureInfo.InvariantCulture, $"{work.Stage}, {Math.Floor(part * 100)} %")
                : work.Stage);
        }

        if (replica.Role == NodeRoles.Replica)
        {
            AddFollower(table, document);
        }
        else
        {
            AddRelay(table, document);
        }

        foreach (RelayStream stream in document.Relay?.Streams ?? [])
        {
            table.Add(
                "serves",
                $"{(stream.Node.Length > 0 ? stream.Node : stream.Peer)}, acknowledged {stream.Acknowledged}, "
                + $"heard {Time(stream.Heard)}");
        }

        if (replica.Trouble is { } trouble)
        {
            table.Add("trouble", $"{trouble.Reason}: {trouble.Message}");
        }

        if (replica.RecentErrors is [var error, ..])
        {
            table.Add("last error", $"{error.Kind} at {Time(error.At)}: {error.Message}");
        }

        return table;
    }

    private static void AddFollower(TextTable table, StatusDocument document)
    {
        ReplicaReport replica = document.Replica;
        PositionReport positions = replica.Positions;
        table.Add("follows", $"{replica.PrimaryAddress} {replica.FollowMode}".TrimEnd());
        table.Add("received", positions.Received.ToString());
        table.Add("appended", positions.Appended.ToString());
        table.Add("durable", positions.Durable.ToString());
        table.Add("acknowledged", positions.Acknowledged.ToString());
        table.Add("visible", document.Visible.ToString());
        table.Add("primary's last", positions.PrimaryLast?.ToString(CultureInfo.InvariantCulture) ?? Unknown);
        table.Add("lag, transactions", replica.Lag.Entries?.ToString(CultureInfo.InvariantCulture) ?? Unknown);
        AddLag(table, replica.Lag);
        table.Add("primary heard", replica.PrimaryHeardAt is { } heard ? Time(heard) : "never");
        AddProgress(table, replica);
        table.Add("reconnects", replica.Counters.Reconnects.ToString(CultureInfo.InvariantCulture));
    }

    private static void AddRelay(TextTable table, StatusDocument document)
    {
        ReplicaReport replica = document.Replica;
        if (document.Sidecar is { } sidecar)
        {
            table.Add("copies", sidecar.Directory);
            table.Add("file", sidecar.File.Length > 0 ? sidecar.File : "none yet");
            AddLag(table, replica.Lag);
        }

        if (document.Relay is { } relay)
        {
            table.Add("listens", relay.Address);
            table.Add("holds", $"{relay.First} to {relay.Last}");
        }

        AddProgress(table, replica);
    }

    private static void AddLag(TextTable table, LagReport lag)
    {
        table.Add("lag, bytes", lag.Bytes?.ToString(CultureInfo.InvariantCulture) ?? Unknown);
        table.Add("lag, time", lag.Time is { } behind ? SettingParsers.FormatDuration(Rounded(behind)) : Unknown);
    }

    private static void AddProgress(TextTable table, ReplicaReport replica)
    {
        table.Add("last progress", replica.ProgressAt is { } progress ? Time(progress) : "none");
        table.Add("entries", replica.Counters.Entries.ToString(CultureInfo.InvariantCulture));
    }

    private static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
