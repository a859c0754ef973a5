using System.Text;
using Kevo.Core;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Server.Reporting;

namespace Kevo.Replica.Tests;

/// <summary>
/// docs/OPERATIONS.md lists commands and settings as the option table has them. With <c>KEVO_UPDATE_DOCS=1</c> the
/// tests write the lists instead of comparing them.
/// </summary>
public sealed class ManualTests
{
    private static readonly string Manual = Path.Combine(Testing.Repository.Root, "docs", "OPERATIONS.md");

    [Fact]
    public void The_manual_lists_every_command_with_its_flags() => Compare("commands", RenderCommands());

    [Fact]
    public void The_manual_lists_every_setting() => Compare("settings", RenderSettings());

    [Fact]
    public void The_manual_lists_every_exit_code()
    {
        string text = File.ReadAllText(Manual);
        Assert.All(ExitCode.All, code => Assert.Contains($"| {code.Code} |", text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_manual_has_cause_and_cure_of_every_error()
    {
        string text = File.ReadAllText(Manual);
        KevoException[] errors =
        [
            .. Enum.GetValues<StorageFault>().Select(fault => new StorageException(fault, "")),
            .. Enum.GetValues<ConnectionFault>().Select(fault => new ConnectionException("", null, fault)),
            new CompressionException(""), new ConfigurationException(""), new DivergenceException(""),
            new GapException(""), new ProtocolException(""), new RetentionException(""),
        ];
        Assert.Empty(Enum.GetValues<ErrorKind>().Except(errors.Select(error => error.Kind)));
        Assert.Equal(errors.Length, errors.Select(error => error.Reason).Distinct().Count());
        Assert.All(errors, error => Assert.Contains(
            $"\n| `{error.Reason}` | {error.Kind.ToString().ToLowerInvariant()} | {ExitCode.For(error.Kind)} |",
            text,
            StringComparison.Ordinal));
    }

    [Fact]
    public void The_manual_lists_every_reason_against_readiness()
    {
        string text = File.ReadAllText(Manual);
        string[] codes =
            [.. typeof(ReadinessCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!)];
        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.Contains($"\n| `{code}` | ", text, StringComparison.Ordinal));
    }

    private static void Compare(string list, string expected)
    {
        string begin = $"<!-- {list}: made from the option table -->\n";
        string end = $"<!-- end of {list} -->\n";
        string text = File.ReadAllText(Manual);
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        int to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, $"docs/OPERATIONS.md has no place for the list of {list}.");
        from += begin.Length;
        if (Environment.GetEnvironmentVariable("KEVO_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Manual, text[..from] + expected + text[to..]);
            return;
        }

        Assert.True(
            text[from..to] == expected,
            $"The list of {list} in docs/OPERATIONS.md is old; run these tests with KEVO_UPDATE_DOCS=1. "
            + $"Expected:\n{expected}");
    }

    private static string RenderCommands()
    {
        var text = new StringBuilder();
        foreach (ReplicaCommand command in ReplicaCommands.All)
        {
            Render(text, "", command);
        }

        return text.ToString();
    }

    private static void Render(StringBuilder text, string parent, ReplicaCommand command)
    {
        string name = parent + command.Name;
        if (command.Children.Count > 0)
        {
            foreach (ReplicaCommand child in command.Children)
            {
                Render(text, name + " ", child);
            }

            return;
        }

        string words = string.Concat(command.Arguments.Select(argument => $" {argument.Name}"));
        text.Append($"\n### `kevo-replica {name}{words}`\n\n{command.Summary}\n");
        List<Setting> flags = [.. SettingTable.For(command.Set)];
        List<Setting> requests = [.. flags.Where(setting => setting.FlagOnly)];
        if (command.Arguments.Count + requests.Count > 0)
        {
            text.Append("\n| Word or flag | Meaning |\n| --- | --- |\n");
            foreach (CommandArgument argument in command.Arguments)
            {
                text.Append($"| `{argument.Name}` | {argument.Help} |\n");
            }

            foreach (Setting setting in requests)
            {
                string flag = setting.IsSwitch ? setting.Flag : $"{setting.Flag} {setting.ValueName}";
                text.Append($"| `{flag}` | {setting.Description} |\n");
            }
        }

        if (flags.Count > requests.Count)
        {
            IEnumerable<string> names =
                flags.Where(setting => !setting.FlagOnly).Select(setting => $"`{setting.Name}`");
            text.Append($"\nSettings: {string.Join(", ", names)}.\n");
        }
    }

    private static string RenderSettings()
    {
        var text = new StringBuilder("\n| Setting | Value | Meaning |\n| --- | --- | --- |\n");
        foreach (Setting setting in SettingTable.Persistent)
        {
            string value = setting.IsSwitch ? "`true`, `false`" : $"`{setting.ValueName}`";
            text.Append($"| `{setting.Name}` | {value} | {setting.Description} |\n");
        }

        return text.Append('\n').ToString();
    }
}
