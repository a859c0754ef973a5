using System.Text.Json;
using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Supervision;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Tests.Supervision;

public sealed class SettingsReloadTests
{
    private readonly StringWriter _log = new();
    private readonly List<EffectiveSettings> _applied = [];

    [Fact]
    public void What_may_change_is_applied_and_what_may_not_is_named()
    {
        SettingsReload reload = Make(("ready-lag", "5s"), ("listen", "127.0.0.1:1"), ("log-level", "debug"));
        reload.Run();
        EffectiveSettings applied = Assert.Single(_applied);
        Assert.Equal(TimeSpan.FromSeconds(5), applied.Get(ServerSettings.ReadyLag));
        Assert.Equal("debug", applied.Get(OutputSettings.LogLevel));
        Assert.Equal(50053, applied.Get(NodeSettings.Listen)!.Port);
        Assert.Same(applied, reload.Current);
        Assert.Equal(["6012 listen", "6011 ready-lag", "6011 log-level", "6010 2"], Told());
    }

    [Fact]
    public void Settings_that_cannot_be_used_change_nothing_but_certificates_are_looked_at()
    {
        var reload = new SettingsReload(
            Settings(), () => throw new ConfigurationException("kevo.json, line 3: unknown key"), _applied.Add,
            () => 1, Logger());
        reload.Run();
        Assert.Empty(_applied);
        Assert.Equal(["6013 kevo.json, line 3: unknown key", "6010 0"], Told());
        Assert.Contains("\"Certificates\":1", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_new_is_said_too()
    {
        Make().Run();
        Assert.Empty(_applied);
        Assert.Equal(["6010 0"], Told());
    }

    [Fact]
    public void Every_setting_that_may_change_says_so()
    {
        Setting[] reloadable = [.. SettingTable.All.Where(setting => setting.Reloadable)];
        Assert.Equal(
            ["max-staleness", "ready-lag", "max-request-rate", "relay-max-request-rate", "log-level"],
            reloadable.Select(setting => setting.Name));
        Assert.All(
            reloadable,
            setting => Assert.Contains("changes on SIGHUP", setting.Description, StringComparison.Ordinal));
    }

    private SettingsReload Make(params (string Name, string Text)[] changed) =>
        new(Settings(), () => Settings(changed), _applied.Add, () => 0, Logger());

    private static EffectiveSettings Settings(params (string Name, string Text)[] set) => SettingSources.Combine(
        set.ToDictionary(pair => SettingTable.All.First(known => known.Name == pair.Name), pair => pair.Text),
        new Dictionary<string, string>());

    private ILogger Logger() => new LogWriter(
        _log, new JsonLogForm(), LogLevel.Trace, TimeProvider.System).CreateLogger("test");

    private string[] Told() =>
    [
        .. _log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            JsonElement record = JsonDocument.Parse(line).RootElement;
            return $"{record.GetProperty("event").GetInt32()} "
                + record.GetProperty("data").EnumerateObject().First().Value;
        }),
    ];
}
