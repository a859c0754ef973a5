using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>
/// Stopped before or after any call to the disk, or told by any of them that it failed, it comes back right.
/// </summary>
public sealed class SidecarCrashTests
{
    private static readonly string[] Points =
    [
        "SIDECAR:READ", "SIDECAR:TAIL", "SIDECAR.WRITE", "SIDECAR.SYNC", "SIDECAR.RENAME", "SIDECAR.SYNCDIR",
        "STOCK:OPEN", "STOCK:LIST", "STOCK:READ", LogOperations.SyncFrame, LogOperations.Rename, LogOperations.Allocate,
    ];

    [Fact]
    public void A_kill_at_any_call_loses_doubles_and_tears_nothing()
    {
        int first = Seed.For(4104);
        for (int seed = first; seed < first + 15; seed++)
        {
            Run(seed, (disk, random) =>
            {
                string point = Points[random.Next(Points.Length)];
                if (random.Next(2) == 0)
                {
                    disk.CrashBefore(point, random.Next(1, 8));
                }
                else
                {
                    disk.CrashAfter(point, random.Next(1, 8));
                }
            });
        }
    }

    [Fact]
    public void A_failing_call_stops_it_and_it_comes_back_right()
    {
        int first = Seed.For(4105);
        for (int seed = first; seed < first + 15; seed++)
        {
            Run(seed, (disk, random) => disk.Fail(Points[random.Next(Points.Length)], random.Next(1, 8)));
        }
    }

    private static void Run(int seed, Action<FaultInjectingFileSystem, Random> plan)
    {
        var random = new Random(seed);
        using var fixture = new SidecarFixture();
        for (int life = 0; life < 4; life++)
        {
            var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
            plan(disk, random);
            bool started = false;
            try
            {
                fixture.Start(disk);
                started = true;
                Live(fixture, random);
            }
            catch (Exception e) when (e is SimulatedCrashException or StorageException)
            {
                // The process is gone; the next life begins with what the disk holds.
            }

            if (started)
            {
                fixture.Kill();
            }
        }

        fixture.Start();
        fixture.Settle();
        fixture.AssertCopied($"seed {seed}");
    }

    private static void Live(SidecarFixture fixture, Random random)
    {
        for (int i = 0; i < 25; i++)
        {
            switch (random.Next(6))
            {
                case 0:
                    fixture.Stock.WriteBatch(SidecarFixture.Batch(random.Next(1, 40)));
                    break;
                case 1:
                    fixture.Stock.Rotate();
                    break;
                case 2:
                    fixture.Stock.Write(1, "large"u8.ToArray(), new byte[50_000]);
                    break;
                default:
                    fixture.PutOne($"k{i}");
                    break;
            }

            fixture.Settle();
        }
    }
}
