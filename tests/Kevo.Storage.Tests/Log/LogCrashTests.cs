using Kevo.Core;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>
/// Goal: whatever moment the power fails at, the log holds a prefix of what was appended, no shorter than what was
/// durable, in whole transactions. Method: a seeded load on a simulated disk, stopped before or after a random
/// call; then the process is gone, or the power was and the disk is one of those it could be left as.
/// </summary>
public sealed class LogCrashTests
{
    private const string Directory = "/data/log";

    private static readonly string[] CrashPoints =
    [
        LogOperations.Lock, LogOperations.CreateDirectory, LogOperations.SyncParent, LogOperations.Allocate,
        LogOperations.SyncAllocation, LogOperations.SyncHeader, LogOperations.Rename, LogOperations.SyncDirectory,
        LogOperations.SyncEnd, LogOperations.Truncate, LogOperations.Delete, LogOperations.SyncDelete,
        LogOperations.SyncFrame, LogOperations.WriteFrame,
        LogOperations.RecoverySyncDirectory, LogOperations.RecoverySyncFile, LogOperations.RecoveryDelete,
        LogOperations.RecoveryCut, LogOperations.RecoveryTruncate, LogOperations.Map,
    ];

    [Fact]
    public void A_power_cut_at_any_call_leaves_a_prefix_that_covers_what_was_durable()
    {
        int first = Seed.For(1);
        for (int seed = first; seed < first + 300; seed++)
        {
            RunOne(seed);
        }
    }

    private static void RunOne(int seed)
    {
        var random = new Random(seed);
        var disk = new SimulatedFileSystem();
        var model = new LogModel { SegmentSize = random.Next(2) == 0 ? 4096 : 16384 };
        for (int life = 0; life < 5; life++)
        {
            var faults = new FaultInjectingFileSystem(disk) { IsBusy = () => random.Next(2) == 0 };
            string point = CrashPoints[random.Next(CrashPoints.Length)];
            if (random.Next(2) == 0)
            {
                faults.CrashBefore(point, random.Next(1, 6));
            }
            else
            {
                faults.CrashAfter(point, random.Next(1, 6));
            }

            try
            {
                model.Live(faults, Directory, random, $"seed {seed}, life {life}, {point}");
            }
            catch (SimulatedCrashException)
            {
                Assert.True(faults.HasCrashed);
            }

            if (random.Next(3) == 0)
            {
                disk.KillProcesses();
            }
            else
            {
                disk.Crash(random.Next());
            }
        }

        using WriteAheadLog log = model.OpenAndCompare(disk, Directory, $"seed {seed}, at the end");
    }
}
