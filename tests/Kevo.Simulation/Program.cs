using Kevo.Simulation.Runs;

namespace Kevo.Simulation;

/// <summary>With options of the simulation it simulates; otherwise it runs the tests in this assembly.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (SimulationOptions.Concerns(args))
        {
            return SimulationCommand.Run(args, Console.Out);
        }

        return args.Contains("--server") || args.Contains("--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
                args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
