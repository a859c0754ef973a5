using Kevo.Fuzz.Engine;

namespace Kevo.Fuzz;

/// <summary>With options of the fuzzer it fuzzes; otherwise it runs the tests in this assembly.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (FuzzOptions.Concerns(args))
        {
            return FuzzCommand.Run(args, Console.Out);
        }

        return args.Contains("--server") || args.Contains("--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
                args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
