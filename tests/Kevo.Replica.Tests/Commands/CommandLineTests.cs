using System.Text.Json;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Commands;

public sealed class CommandLineTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("config --primray a:1", "usage error: Unknown option \"--primray\"; did you mean --primary?")]
    [InlineData("cnfig", "usage error: Unknown command \"cnfig\"; did you mean config?")]
    [InlineData("wal stast x", "usage error: Unknown command \"stast\"")]
    [InlineData("config surplus", "usage error: Unknown argument \"surplus\".")]
    [InlineData("config --primary", "usage error: Required argument missing for option: '--primary'.")]
    [InlineData("", "usage error: Required command was not provided.")]
    [InlineData("config --ack-interval 5", "configuration error: --ack-interval: \"5\" is not a duration")]
    [InlineData("config --config absent.json", "configuration error: Cannot read the configuration file absent.json")]
    [InlineData("config --tls --tls-ca absent.pem --check", "configuration error: --tls-ca: cannot read absent.pem")]
    [InlineData("config --segment-size 100000B", "configuration error: --segment-size 100000B is no multiple of 4KiB")]
    [InlineData("config --listen 0.0.0.0:50053", "configuration error: --listen 0.0.0.0:50053 means every address")]
    [InlineData("config --otlp-endpoint localhost:4317", "configuration error: --otlp-endpoint: \"localhost:4317\" is")]
    [InlineData("completion csh", "configuration error: There is no completion for \"csh\"")]
    public async Task A_wrong_command_line_is_one_line_on_standard_error_and_exit_code_2(string words, string expected)
    {
        int code = await Run(words);
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("kevo-replica: " + expected, _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().TrimEnd().Split('\n'));
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task Help_shows_every_flag_of_a_command_with_default_and_range()
    {
        Assert.Equal(ExitCode.Ok, await Run("config --help"));
        string help = string.Join(' ', _out.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(SettingTable.For(CommandSet.Run), setting =>
        {
            Assert.Contains(setting.Flag, help, StringComparison.Ordinal);
            Assert.Contains(setting.Description, help, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Config_shows_each_value_with_its_origin()
    {
        Assert.Equal(
            ExitCode.Ok,
            await Run("config --json --primary db:1 --tls", ("KEVO_REPLICA_ACK_INTERVAL", "7s")));
        using var shown = JsonDocument.Parse(_out.ToString());
        JsonElement root = shown.RootElement;
        Assert.Equal(SettingTable.Persistent.Count, root.EnumerateObject().Count());
        Assert.Equal("db:1", root.GetProperty("primary").GetProperty("value").GetString());
        Assert.Equal("flag", root.GetProperty("primary").GetProperty("origin").GetString());
        Assert.Equal("true", root.GetProperty("tls").GetProperty("value").GetString());
        Assert.Equal("7s", root.GetProperty("ack-interval").GetProperty("value").GetString());
        Assert.Equal("environment", root.GetProperty("ack-interval").GetProperty("origin").GetString());
        Assert.Equal("default", root.GetProperty("dial-timeout").GetProperty("origin").GetString());
    }

    [Fact]
    public async Task A_switch_can_be_turned_off_in_words()
    {
        Assert.Equal(ExitCode.Ok, await Run("config --json --compression=false"));
        using var shown = JsonDocument.Parse(_out.ToString());
        Assert.Equal("false", shown.RootElement.GetProperty("compression").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Checking_a_good_configuration_says_nothing()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo.json");
        await File.WriteAllTextAsync(file, """{ "primary": "db:50052" }""", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Ok, await Run($"config --check --config {file}"));
        Assert.Empty(_out.ToString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Version_names_version_and_commit()
    {
        Assert.Equal(ExitCode.Ok, await Run("version"));
        Assert.Matches(@"^kevo-replica \d+\.\d+\.\d+ \(\w+\)", _out.ToString());
    }

    private Task<int> Run(string words, params (string Name, string Value)[] environment)
    {
        Output output = Output.Create(_out, _error, terminal: false, errorTerminal: false, colours: false);
        var commandLine = new CommandLine(ReplicaCommands.All, output, TimeProvider.System);
        return commandLine.RunAsync(
            words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            environment.ToDictionary(variable => variable.Name, variable => variable.Value),
            TestContext.Current.CancellationToken);
    }
}
