using System.Text.Json;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary><c>config</c>: the settings <c>run</c> would use, and where each comes from.</summary>
internal sealed class ConfigCommand : ReplicaCommand
{
    private const string Hidden = "(hidden)";

    /// <inheritdoc/>
    public override string Name => "config";

    /// <inheritdoc/>
    public override string Summary => "Show the settings in effect and where each comes from; or only check them.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Config | CommandSet.Run;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        NodeCheck.Run(settings, LinuxFileSystem.Instance, invocation.Time);
        if (settings.Get(RequestSettings.Check))
        {
            return Task.FromResult(ExitCode.Ok);
        }

        if (settings.Get(RequestSettings.Json))
        {
            invocation.Output.Out.WriteLine(JsonText.Of(json => WriteJson(json, settings), indented: true));
        }
        else
        {
            var table = new TextTable("setting", "value", "origin");
            foreach (Setting setting in SettingTable.Persistent)
            {
                SettingValue value = settings.Of(setting);
                table.Add(setting.Name, Show(setting, value), Origin(value));
            }

            table.Write(invocation.Output);
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private static string Show(Setting setting, SettingValue value) =>
        value.Text.Length == 0 ? $"({setting.DefaultText})" : setting.Secret ? Hidden : value.Text;

    private static string Origin(SettingValue value) => value.Origin switch
    {
        SettingOrigin.Default => "default",
        SettingOrigin.Flag => $"flag {value.Place}",
        SettingOrigin.Environment => $"environment {value.Place}",
        _ => $"file {value.Place}",
    };

    private static void WriteJson(Utf8JsonWriter json, EffectiveSettings settings)
    {
        json.WriteStartObject();
        foreach (Setting setting in SettingTable.Persistent)
        {
            SettingValue value = settings.Of(setting);
            json.WriteStartObject(setting.Name);
            json.WriteString("value", setting.Secret && value.Text.Length > 0 ? Hidden : value.Text);
            json.WriteString("origin", value.Origin.ToString().ToLowerInvariant());
            json.WriteString("place", value.Place);
            json.WriteString("default", setting.Default);
            json.WriteString("environment", setting.EnvironmentName);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
