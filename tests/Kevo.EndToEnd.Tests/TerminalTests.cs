using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.EndToEnd.Tests.Soaking;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>On a terminal there are tables and colours; NO_COLOR takes the colours, TERM=dumb the drawing.</summary>
public sealed class TerminalTests
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(60);

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

    [Fact]
    public async Task Long_work_shows_a_bar_on_a_terminal_and_lines_elsewhere()
    {
        using var directory = new TemporaryDirectory();
        string stock = directory.Combine("kevo");
        using (var writer = new StockDirectoryWriter(stock))
        {
            for (int batch = 0; batch < 120; batch++)
            {
                writer.WriteBatch([.. Enumerable.Range(batch * 1000, 1000).Select(
                    key => ((byte)Operation.Put, BitConverter.GetBytes(key), new byte[60]))]);
            }
        }

        string data = directory.Combine("data");
        string import = $"import --kevo-dir {stock} --data";
        string coloured = await SlowlyOnTerminalAsync($"{import} {data}");
        Assert.Matches(@"importing the WAL +\[\e\[32m#*\e\[90m-+\e\[0m\] +\d+%", coloured);
        Assert.Contains("imported: 120000 entries", coloured, StringComparison.Ordinal);
        string plain = await SlowlyOnTerminalAsync($"{import} {directory.Combine("again")}", ("NO_COLOR", "1"));
        Assert.Matches(@"\r\e\[Kimporting the WAL +\[#*-+\] +\d+%", plain);
        Assert.DoesNotContain("\e[32m", plain, StringComparison.Ordinal);

        await AssertVerifyShowsBarAsync(directory);
        Assert.Matches(@"(reading|replaying) the log .*\d+%", await SlowlyOnTerminalAsync(
            $"run --data {data} --primary 127.0.0.1:1 --listen off --admin off --exit-when-unreachable "
            + "--max-retries 1 --retry-base-delay 1ms"));
        string promoted = await SlowlyOnTerminalAsync($"promote --data {data} --to {directory.Combine("to")}");
        Assert.Matches(@"verifying keys .*\d+%", promoted);
        Assert.Contains("verified: 120000 keys", promoted, StringComparison.Ordinal);
        await AssertSidecarShowsBacklogAsync(directory);

        string[] words = [.. import.Split(' '), directory.Combine("piped")];
        await using ReplicaRun piped = ReplicaRun.Start(words);
        using (new SlowedProcess(piped.Id, Rest))
        {
            await UntilAsync(() => piped.Error.Any(line =>
                Regex.IsMatch(line, @"^kevo-replica: importing the WAL: \d+ % \(\d+ of \d+\)$")));
        }

        Assert.Equal(ExitCode.Ok, await piped.WaitForEndAsync());
        Assert.DoesNotContain('\e', piped.Said);
    }

    // The way to the primary's rows is slow, and not the process: a stopped one could not measure how far it is.
    [Fact]
    public async Task A_walk_over_a_stock_primary_shows_a_bar_on_a_terminal()
    {
        using var directory = new TemporaryDirectory();
        await using StockDemoPrimary primary = await StockDemoPrimary.StartAsync(
            TimeProvider.System, TestContext.Current.CancellationToken);
        for (int key = 0; key < 20_000; key++)
        {
            primary.Write([new DemoOperation(Operation.Put, BitConverter.GetBytes(key), new byte[60])]);
        }

        await using var rows = new GrayLink(primary.ReplicaFlags[3]) { BytesPerBeat = 2000 };
        string said = await OnTerminalAsync(
            $"run --data {directory.Combine("data")} --primary {primary.ReplicaFlags[1]} --primary-client "
            + $"{rows.Address} --listen off --admin off",
            "xterm", [], rest: null, until: "snapshot, keys read");
        Assert.Matches("snapshot, keys read +[0-9]+", said);
    }

    // Verifying takes 20 ms for 60 MB; with rests longer than what is too short for a bar, any part of it is enough.
    private static async Task AssertVerifyShowsBarAsync(TemporaryDirectory directory)
    {
        string stock = directory.Combine("large");
        using (var writer = new StockDirectoryWriter(stock))
        {
            byte[] value = new byte[30_000];
            for (int key = 0; key < 2000; key++)
            {
                writer.Write((byte)Operation.Put, BitConverter.GetBytes(key), value);
            }
        }

        string data = directory.Combine("large-data");
        await using ReplicaRun import = await ReplicaRun.ToEndAsync(["import", "--kevo-dir", stock, "--data", data]);
        Assert.True(await import.WaitForEndAsync() == ExitCode.Ok, import.Said);
        Assert.Matches(@"reading the log .*\d+%", await OnTerminalAsync(
            $"wal verify {data}", "xterm", [], rest: TimeSpan.FromMilliseconds(350), until: null));
    }

    // Stock writes on until the bar is seen, so that there is something to copy for as long as that takes.
    private static async Task AssertSidecarShowsBacklogAsync(TemporaryDirectory directory)
    {
        string stock = directory.Combine("busy");
        using var writer = new StockDirectoryWriter(stock);
        using var seen = new CancellationTokenSource();
        Task writing = WriteAsync();
        Assert.Matches(@"copying the stock log .*\d+%", await SlowlyOnTerminalAsync(
            $"relay --kevo-dir {stock} --data {directory.Combine("sidecar")} --relay-listen 127.0.0.1:0 --admin off",
            until: "copying the stock log"));
        await seen.CancelAsync();
        await writing;

        async Task WriteAsync()
        {
            using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (!seen.IsCancellationRequested)
            {
                writer.WriteBatch([.. Enumerable.Range(0, 1000).Select(
                    key => ((byte)Operation.Put, BitConverter.GetBytes(key), new byte[60]))]);
                await beat.WaitForNextTickAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task UntilAsync(Func<bool> seen)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!seen())
        {
            await beat.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>As if the machine were slow, so that short work is long enough for a bar.</summary>
    private static Task<string> SlowlyOnTerminalAsync(
        string words, (string Name, string Value) environment = default, string? until = null) =>
        OnTerminalAsync(words, "xterm", environment.Name is null ? [] : [environment], Rest, until);

    private static Task<string> OnTerminalAsync(
        string words, string terminal, params (string Name, string Value)[] environment) =>
        OnTerminalAsync(words, terminal, environment, rest: null, until: null);

    /// <summary>Runs the executable with a terminal of its own, which "script" makes.</summary>
    private static async Task<string> OnTerminalAsync(
        string words, string terminal, (string Name, string Value)[] environment, TimeSpan? rest, string? until)
    {
        using var directory = new TemporaryDirectory();
        var start = new ProcessStartInfo(
            "script", ["-q", "-c", $"echo $$; exec {ReplicaExecutable.FullPath} {words}", "/dev/null"])
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
        int id = int.Parse(
            (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!,
            CultureInfo.InvariantCulture);
        using SlowedProcess? slowed = rest is { } slow ? new SlowedProcess(id, slow, process.Id) : null;
        Task ended = rest is null ? Task.CompletedTask : EndWithChildAsync(process, id);
        var said = new StringBuilder();
        char[] buffer = new char[4096];
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (await process.StandardOutput.ReadAsync(buffer, limit.Token) is var count and > 0)
        {
            said.Append(buffer, 0, count);
            if (until is not null && said.ToString().Contains(until, StringComparison.Ordinal))
            {
                ProcessSignal.RequestStop(id);
            }
        }

        await process.WaitForExitAsync(limit.Token);
        await ended;
        return said.ToString();
    }

    // "script" can miss that its child has ended when it hears at the same moment that it was stopped, and would wait
    // for it for ever. Two beats after the end everything the child wrote is here.
    private static async Task EndWithChildAsync(Process script, int child)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        int beatsSince = 0;
        while (beatsSince < 2 && await beat.WaitForNextTickAsync().ConfigureAwait(false))
        {
            beatsSince = HasEnded(child) ? beatsSince + 1 : 0;
        }

        if (!script.HasExited)
        {
            script.Kill();
        }
    }

    // Gone, or waited for by nobody yet.
    private static bool HasEnded(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
