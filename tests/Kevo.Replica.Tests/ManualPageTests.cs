using System.Diagnostics;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Manual;
using Kevo.Testing;

namespace Kevo.Replica.Tests;

public sealed class ManualPageTests
{
    private static readonly string Page = ManualPage.Of(CommandEntry.All(), "1.2.3");

    [Fact]
    public void The_page_has_every_command_flag_and_exit_code()
    {
        string plain = Page.Replace("\\-", "-", StringComparison.Ordinal);
        Assert.All(
            CommandEntry.All().Where(entry => entry.Command.Children.Count == 0),
            entry => Assert.Contains($".SS {entry.Path}", plain, StringComparison.Ordinal));
        Assert.All(SettingTable.All, setting => Assert.Contains(setting.Flag, plain, StringComparison.Ordinal));
        Assert.All(ExitCode.All, code => Assert.Contains($".B {code.Code}\n", plain, StringComparison.Ordinal));
        Assert.Contains("kevo-replica 1.2.3", plain, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("man", "--warnings", "-E", "UTF-8", "-l")]
    [InlineData("mandoc", "-T", "lint", "-W", "error")]
    public async Task Programs_that_show_pages_find_no_fault(string program, params string[] words)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo-replica.1");
        await File.WriteAllTextAsync(file, Page, TestContext.Current.CancellationToken);
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, [.. words, file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed here.");
            throw;
        }

        using (process)
        {
            Task<string> said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            string fault = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0 && fault.Length == 0, fault + await said);
        }
    }
}
