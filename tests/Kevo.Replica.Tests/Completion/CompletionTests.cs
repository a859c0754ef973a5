using System.Diagnostics;
using Kevo.Replica.Commands;
using Kevo.Replica.Completion;
using Kevo.Replica.Configuration;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Completion;

/// <summary>The scripts know every command and flag, and the shells understand them.</summary>
public sealed class CompletionTests
{
    [Fact]
    public void Every_script_names_every_command_and_every_flag()
    {
        IReadOnlyList<CommandEntry> commands = CommandEntry.All();
        foreach (string script in
                 (string[])[BashCompletion.Of(commands), ZshCompletion.Of(commands), FishCompletion.Of(commands)])
        {
            Assert.All(commands, entry => Assert.Contains(entry.Command.Name, script, StringComparison.Ordinal));
            Assert.All(SettingTable.All, setting => Assert.Contains(setting.Name, script, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("re", "relay")]
    [InlineData("wal ve", "verify")]
    [InlineData("run --follow ", "auto listen tick fill")]
    [InlineData("run --follow = l", "listen")]
    [InlineData("run --max-c", "--max-connections")]
    [InlineData("wal dump --he", "--hex --help")]
    [InlineData("completion f", "fish")]
    [InlineData("run --primary ", "")]
    public async Task Bash_offers_what_fits(string typed, string offered)
    {
        string[] words = ["kevo-replica", .. typed.Split(' ')];
        string array = string.Join(' ', words.Select(word => $"'{word}'"));
        string said = await ShellAsync(
            "bash", BashCompletion.Of(CommandEntry.All())
            + $"COMP_WORDS=({array}); COMP_CWORD={words.Length - 1}; _kevo_replica; echo \"${{COMPREPLY[*]}}\"\n");
        Assert.Equal(offered, said.Trim());
    }

    [Theory]
    [InlineData("re", "relay")]
    [InlineData("run --follow l", "listen")]
    [InlineData("wal ver", "verify")]
    [InlineData("run --max-con", "--max-connections")]
    public async Task Fish_offers_what_fits(string typed, string offered)
    {
        string said = await ShellAsync(
            "fish", FishCompletion.Of(CommandEntry.All()) + $"complete -C 'kevo-replica {typed}'\n");
        Assert.Equal([offered], said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
            line => line.Split('\t')[0]));
    }

    [Fact]
    public async Task Zsh_takes_the_script_and_registers_it()
    {
        string said = await ShellAsync(
            "zsh", "autoload -U compinit; compinit -u -D\n" + ZshCompletion.Of(CommandEntry.All())
            + "echo $_comps[kevo-replica]; whence -w _kevo_replica_wal_dump\n");
        Assert.Equal("_kevo_replica\n_kevo_replica_wal_dump: function\n", said);
    }

    private static async Task<string> ShellAsync(string program, string script)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("script");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(program, program == "zsh" ? ["-f", file] : [file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory.Path,
        };
        start.Environment["HOME"] = directory.Path;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed here.");
            throw;
        }

        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal("", await error);
            return said;
        }
    }
}
