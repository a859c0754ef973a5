using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Configuration;

public sealed class SettingSourcesTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public void Flag_beats_environment_beats_file_beats_default()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo.json");
        File.WriteAllText(file, """
            { "primary": "file:1", "advertise": "file:2", "listen": "127.0.0.1:3", "max-retries": 9 }
            """);
        EffectiveSettings settings = SettingSources.Combine(
            new Dictionary<Setting, string> { [ConnectionSettings.Primary] = "flag:1", [OutputSettings.Config] = file },
            new Dictionary<string, string>
            {
                ["KEVO_REPLICA_PRIMARY"] = "environment:1",
                ["KEVO_REPLICA_ADVERTISE"] = "environment:2",
                ["PATH"] = "/bin",
            });
        Assert.Equal("flag:1", settings.Get(ConnectionSettings.Primary)!.ToString());
        Assert.Equal(SettingOrigin.Flag, settings.Of(ConnectionSettings.Primary).Origin);
        Assert.Equal("environment:2", settings.Get(NodeSettings.Advertise)!.ToString());
        Assert.Equal("KEVO_REPLICA_ADVERTISE", settings.Of(NodeSettings.Advertise).Place);
        Assert.Equal(9, settings.Get(ConnectionSettings.MaxRetries));
        Assert.Equal(SettingOrigin.File, settings.Of(ConnectionSettings.MaxRetries).Origin);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Get(ConnectionSettings.DialTimeout));
        Assert.False(settings.IsSet(ConnectionSettings.DialTimeout));
    }

    [Fact]
    public void A_bad_value_in_a_file_is_refused_even_when_a_flag_hides_it()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo.json");
        File.WriteAllText(file, """{ "max-retries": 0 }""");
        var error = Assert.Throws<ConfigurationException>(() => SettingSources.Combine(
            new Dictionary<Setting, string>
            {
                [ConnectionSettings.MaxRetries] = "3",
                [OutputSettings.Config] = file,
            },
            NoEnvironment));
        Assert.Contains("line 1: max-retries: \"0\" is outside 1 to 1000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_variable_of_ours_is_refused_with_the_nearest_name()
    {
        var error = Assert.Throws<ConfigurationException>(() => SettingSources.Combine(
            new Dictionary<Setting, string>(),
            new Dictionary<string, string> { ["KEVO_REPLICA_DIAL_TIMEOT"] = "1s" }));
        Assert.Contains("did you mean KEVO_REPLICA_DIAL_TIMEOUT?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_that_Kubernetes_makes_for_a_service_of_our_name_are_ignored()
    {
        EffectiveSettings settings = SettingSources.Combine(
            new Dictionary<Setting, string>(),
            new Dictionary<string, string>
            {
                ["KEVO_REPLICA_SERVICE_HOST"] = "10.0.0.1",
                ["KEVO_REPLICA_SERVICE_PORT_READS"] = "50053",
                ["KEVO_REPLICA_PORT"] = "tcp://10.0.0.1:50053",
                ["KEVO_REPLICA_PORT_50053_TCP_PROTO"] = "tcp",
            });
        Assert.All(SettingTable.Persistent, setting => Assert.False(settings.IsSet(setting)));
    }

    [Fact]
    public void A_missing_file_is_refused_by_name()
    {
        var error = Assert.Throws<ConfigurationException>(() => SettingSources.Combine(
            new Dictionary<Setting, string> { [OutputSettings.Config] = "absent.json" },
            NoEnvironment));
        Assert.Contains("absent.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls-ca", "ca.pem", "--tls-ca is set but TLS is off")]
    [InlineData("retry-max-delay", "10ms", "raise --retry-max-delay")]
    [InlineData("primary", "localhost:0", "--primary needs an address")]
    [InlineData("primary", "", "--primary needs an address")]
    [InlineData("data", "", "--data must name a directory")]
    public void Settings_that_contradict_each_other_are_refused(string name, string text, string expected)
    {
        Setting setting = SettingTable.All.Single(known => known.Name == name);
        var error = Assert.Throws<ConfigurationException>(() => SettingSources.Combine(
            new Dictionary<Setting, string> { [setting] = text },
            NoEnvironment));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
