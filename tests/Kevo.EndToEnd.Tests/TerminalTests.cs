using System.Diagnostics;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>On a terminal there are tables and colours; NO_COLOR takes the colours, TERM=dumb the drawing.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task Log_lines_are_text_in_colours_on_a_terminal_and_without_them_when_unwanted()
    {
        string coloured = await OnTerminalAsync("relay --data absent", "xterm");
        Assert.Contains("storage error", coloured, StringComparison.Ordinal);
        string run = "run --primary 127.0.0.1:1 --listen off --admin off --exit-when-unreachable --max-retries 1 "
            + "--retry-base-delay 1ms";
        Assert.Contains("\e[32minfo ", await OnTerminalAsync(run, "xterm"), StringComparison.Ordinal);
        string plain = await OnTerminalAsync(run, "xterm", ("NO_COLOR", "1"));
        Assert.Contains("info ", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[32m", plain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_are_drawn_on_a_terminal_only()
    {
        Assert.Contains("╭", await OnTerminalAsync("config", "xterm"), StringComparison.Ordinal);
        Assert.DoesNotContain("╭", await OnTerminalAsync("config", "dumb"), StringComparison.Ordinal);
        await using ReplicaRun piped = await ReplicaRun.ToEndAsync(["config"]);
        Assert.DoesNotContain("╭", piped.Said, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', piped.Said);
    }

    /// <summary>Runs the executable with a terminal of its own, which "script" makes.</summary>
    private static async Task<string> OnTerminalAsync(
        string words, string terminal, params (string Name, string Value)[] environment)
    {
        using var directory = new TemporaryDirectory();
        var start = new ProcessStartInfo(
            "script", ["-q", "-c", $"{ReplicaExecutable.FullPath} {words}", "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory.Path,
        };
        start.Environment["TERM"] = terminal;
        start.Environment.Remove("NO_COLOR");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(ReplicaRun.Patience, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }
}
