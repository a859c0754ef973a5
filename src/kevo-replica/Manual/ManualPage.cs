using System.Globalization;
using System.Text;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Manual;

/// <summary>The manual page, made from commands and option table, in the language of <c>man</c>.</summary>
internal static class ManualPage
{
    /// <summary>The page.</summary>
    public static string Of(IReadOnlyList<CommandEntry> commands, string version)
    {
        var page = new StringBuilder();
        page.Append($"""
            .TH KEVO\-REPLICA 1 "" "kevo\-replica {Text(version)}" "User Commands"
            .SH NAME
            kevo\-replica \- follow a KevoDB primary, serve reads, take over
            .SH SYNOPSIS
            .B kevo\-replica
            .I COMMAND
            .RI [ OPTION ...]
            .SH DESCRIPTION
            Follows a Kevo primary or a relay, writes every transaction to its own log before acknowledging it, serves
            reads to Kevo clients, and can be turned into a directory that stock Kevo serves.
            Results go to standard output, errors and log lines to standard error.
            .SH COMMANDS

            """);
        foreach (CommandEntry entry in commands.Where(entry => entry.Command.Children.Count == 0))
        {
            AppendCommand(page, entry);
        }

        page.Append("""
            .SH SETTINGS
            Each setting is a flag, an environment variable and a key of the JSON file that
            .B \-\-config
            names. A flag beats the environment, the environment beats the file, the file beats the default.
            Durations are a number and ms, s, m, h or d; sizes a number and B, KiB, MiB, GiB or TiB.

            """);
        foreach (Setting setting in SettingTable.Persistent)
        {
            AppendFlag(page, setting);
        }

        AppendEnvironment(page);
        page.Append(".SH EXIT STATUS\n");
        foreach ((int code, string meaning) in ExitCode.All)
        {
            page.Append(CultureInfo.InvariantCulture, $".TP\n.B {code}\n{Text(meaning)}.\n");
        }

        return page.Append("""
            .SH SIGNALS
            .TP
            .BR SIGTERM ", " SIGINT
            Stop: what has arrived is made durable and acknowledged. A second one ends the process at once.
            .TP
            .B SIGHUP
            Read the configuration file and the certificates again; what cannot change without a restart is logged.
            .SH SEE ALSO
            .BR systemd.service (5)

            """).ToString();
    }

    private static void AppendCommand(StringBuilder page, CommandEntry entry)
    {
        page.Append($".SS {Text(entry.Path)}");
        foreach (CommandArgument argument in entry.Command.Arguments)
        {
            page.Append($" {Text(argument.Name)}");
        }

        page.Append($"\n{Text(entry.Command.Summary)}\n");
        foreach (CommandArgument argument in entry.Command.Arguments)
        {
            page.Append($".TP\n.I {Text(argument.Name)}\n{Text(argument.Help)}\n");
        }

        foreach (Setting setting in entry.Settings.Where(setting => setting.FlagOnly))
        {
            AppendFlag(page, setting);
        }

        string settings = string.Join(
            ", ", entry.Settings.Where(setting => !setting.FlagOnly).Select(setting => Text(setting.Flag)));
        if (settings.Length > 0)
        {
            page.Append($".PP\nSettings: {settings}.\n");
        }
    }

    private static void AppendFlag(StringBuilder page, Setting setting)
    {
        page.Append(setting.IsSwitch
            ? $".TP\n.B {Text(setting.Flag)}\n"
            : $".TP\n.BI {Text(setting.Flag)} \" {Text(setting.ValueName)}\"\n");
        page.Append($"{Text(setting.Description)}\n");
    }

    private static void AppendEnvironment(StringBuilder page) => page.Append($"""
        .SH ENVIRONMENT
        .TP
        .BI {SettingSources.EnvironmentPrefix} NAME
        The setting of that name: capitals for letters, underscores for hyphens.
        .TP
        .B NO_COLOR
        When not empty, nothing is coloured.
        .TP
        .BR NOTIFY_SOCKET ", " WATCHDOG_USEC
        Set by systemd for services of Type=notify; the daemons then tell it when they are ready, alive, reloading and
        stopping.

        """);

    // A line must not begin with a mark of the language, and what is typed must be copied as it is.
    private static string Text(string text)
    {
        string escaped = text
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("\"", "\\(dq", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? "\\&" + escaped : escaped;
    }
}
