using System.Globalization;
using Kevo.Core;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Failpoints;

/// <summary>One life in which one call to the disk fails or is the last, and what comes after.</summary>
internal static class FailpointRun
{
    /// <summary>The scenarios; each gets a seed.</summary>
    public static IReadOnlyList<Func<int, Scenario>> Scenarios { get; } =
    [
        static seed => new StoreScenario(seed, batches: 16),
        static seed => new SidecarScenario(seed),
        static seed => new ImportScenario(seed),
        static seed => new PromotionScenario(seed),
        static seed => new SpillScenario(seed),
        static _ => new NodeScenario(),
        static _ => new RecordsScenario(),
        static _ => new ResyncScenario(),
    ];

    /// <summary>How often a sound life of a scenario makes each call.</summary>
    public static IReadOnlyDictionary<string, int> Count(Func<int, Scenario> scenario, int seed)
    {
        var raw = new SimulatedFileSystem();
        var disk = new FaultInjectingFileSystem(raw);
        scenario(seed).Live(raw, disk);
        return disk.Operations.GroupBy(static operation => operation.Name)
            .ToDictionary(static calls => calls.Key, static calls => calls.Count());
    }

    /// <summary>Lives until the call fails, recovers, cuts the power, recovers again.</summary>
    /// <exception cref="ProofFailedException">Something was lost, doubled, torn, or served wrongly.</exception>
    public static void Run(
        Func<int, Scenario> make, int seed, string operation, int occurrence, FailpointKind kind)
    {
        Scenario scenario = make(seed);
        string where = string.Create(
            CultureInfo.InvariantCulture, $"{scenario.Name}, seed {seed}, {kind} at call {occurrence} of {operation}");
        var raw = new SimulatedFileSystem();
        var disk = new FaultInjectingFileSystem(raw);
        Plan(disk, operation, occurrence, kind);
        try
        {
            Live(scenario, raw, disk);

            // Whatever was done, a process that ends and a power cut behind it must not change what holds.
            if (kind is FailpointKind.PowerCutBefore or FailpointKind.PowerCutAfter)
            {
                raw.Crash(seed + occurrence);
            }
            else
            {
                raw.KillProcesses();
            }

            scenario.Recover(raw, where);
            raw.Crash(seed - occurrence);
            scenario.Recover(raw, where + ", then a power cut");
        }
        catch (Exception error) when (error is not ProofFailedException)
        {
            throw new ProofFailedException($"{where}: {error}");
        }
    }

    private static void Plan(FaultInjectingFileSystem disk, string operation, int occurrence, FailpointKind kind)
    {
        switch (kind)
        {
            case FailpointKind.InputOutput:
                disk.Fail(operation, occurrence);
                break;
            case FailpointKind.Full:
                disk.Fail(operation, occurrence, StorageFault.Full);
                break;
            case FailpointKind.PowerCutAfter:
                disk.CrashAfter(operation, occurrence);
                break;
            default:
                disk.CrashBefore(operation, occurrence);
                break;
        }
    }

    private static void Live(Scenario scenario, SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        try
        {
            scenario.Live(raw, disk);
        }
        catch (SimulatedCrashException) when (disk.HasCrashed)
        {
            // As planned.
        }
        catch (StorageException error) when (error.Message.Contains("planned fault", StringComparison.Ordinal))
        {
            // The process ends with an error, as it would.
        }
    }
}
