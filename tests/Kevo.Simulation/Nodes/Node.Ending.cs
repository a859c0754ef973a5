using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Nodes;

/// <content>How a process ends, and what its operator does then.</content>
internal sealed partial class Node
{
    private async Task SuperviseAsync(Replica replica)
    {
        try
        {
            await replica.Completion;
        }
        catch (KevoException error)
        {
            End(error);
        }
        catch (SimulatedCrashException)
        {
            // The process is dead, and this is its last echo.
        }
        catch (Exception error)
        {
            throw _world.Fail($"{Machine.Name}: the loop ended with {error.GetType().Name}: {error.Message}", error);
        }
    }

    private async Task StopAsync(Replica replica)
    {
        long started = _world.Scheduler.Now;
        await replica.StopAsync();
        if (_world.Scheduler.Now - started > TimeSpan.FromSeconds(30).Ticks)
        {
            _world.Fail($"{Machine.Name} took {TimeSpan.FromTicks(_world.Scheduler.Now - started)} to stop.");
        }

        Leave();
        BootLater(_world.Milliseconds(10, 2_000));
    }

    /// <summary>An error ended the node: the process exits, and the oracle says what the operator may do.</summary>
    private void End(KevoException error)
    {
        if (!Machine.IsUp || _stopping)
        {
            return;
        }

        if (error is StorageException { Fault: StorageFault.Corrupt or StorageFault.UnknownVersion } damage)
        {
            MeetDamage(damage);
            return;
        }

        _world.Tell(Machine.Name, $"ends: {error.Message}");
        Leave();
        TimeSpan rest = _world.Milliseconds(500, 5_000);
        _world.Scheduler.At(_operator, _world.Scheduler.Now + rest.Ticks, () =>
        {
            Oracle.Ended(this, error);
            Boot();
        });
    }

    /// <summary>
    /// Damage was found and named. The operator reads of it and gives the node an empty directory, to which the primary
    /// sends everything again. Damage that nobody made is a violation.
    /// </summary>
    private void MeetDamage(StorageException damage)
    {
        if (!Machine.IsUp)
        {
            return;
        }

        if (!Machine.NamesRot(damage.Message))
        {
            throw _world.Fail($"{Machine.Name} speaks of damage that is not there: {damage.Message}", damage);
        }

        _world.Tell(Machine.Name, $"notices: {damage.Message}");
        Machine.Process!.Soon(BeginAnew);
    }

    /// <summary>A node behind this one was told that the log cannot be read.</summary>
    public void MeetStreamFailure(string why)
    {
        if (Machine.IsUp && Machine.NamesRot(why))
        {
            _world.Tell(Machine.Name, $"notices: {why}");
            Machine.Process!.Soon(BeginAnew);
        }
    }

    private void BeginAnew()
    {
        _world.Counters.RotDetected++;
        StartOver();
    }

    private void StartOver()
    {
        Leave();
        TimeSpan rest = _world.Milliseconds(500, 5_000);
        _world.Scheduler.At(_operator, _world.Scheduler.Now + rest.Ticks, () =>
        {
            Oracle.Wiped();
            Wipe();
            Boot();
        });
    }

    /// <summary>The process exits; closing the store on the way may be cut short by the disk.</summary>
    private void Leave()
    {
        try
        {
            Machine.Quietly(() =>
            {
                _relay?.Stop();
                _retention?.Dispose();
                _store?.Dispose();
                return true;
            });
        }
        catch (StorageException)
        {
            // A store that failed says so once more when it is closed; the process ends all the same.
        }

        Machine.Exit();
    }

    private void BootLater(TimeSpan delay) =>
        _world.Scheduler.At(_operator, _world.Scheduler.Now + delay.Ticks, Boot);
}
