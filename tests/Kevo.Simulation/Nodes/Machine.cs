using Kevo.Platform;
using Kevo.Simulation.Engine;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Nodes;

/// <summary>
/// A machine with a disk, on which one process at a time runs: crashes, kills and failing calls happen here.
/// </summary>
internal sealed class Machine(World world, string name)
{
    private int _crashIn = int.MaxValue;
    private bool _quiet;
    private int _boots;

    /// <summary>Told, outside of any process, when the process has died by a crash.</summary>
    public Action? Crashed { get; set; }

    /// <summary>Told while the log's disk stands still in a sync: what other threads do meanwhile.</summary>
    public Action? Syncing { get; set; }

    /// <summary>For the transcript.</summary>
    public string Name => name;

    /// <summary>The world it is in.</summary>
    public World World => world;

    /// <summary>What survives.</summary>
    public SimulatedFileSystem Disk { get; private set; } = new();

    /// <summary>The disk as the running process sees it.</summary>
    public IFileSystem FileSystem { get; private set; } = new SimulatedFileSystem();

    /// <summary>The running process, or the last one.</summary>
    public Process? Process { get; private set; }

    /// <summary>The faults of its disk.</summary>
    public DiskTrouble Trouble { get; } = new();

    /// <summary>Whether a process runs.</summary>
    public bool IsUp => Process is { IsAlive: true };

    /// <summary>Starts a process.</summary>
    public Process Boot()
    {
        _crashIn = int.MaxValue;
        Process = new Process(world.Scheduler, name);
        Process booted = Process;
        FileSystem = new FaultInjectingFileSystem(Disk) { OnOperation = operation => Meet(booted, operation) };
        world.Tell(name, $"boots for the {++_boots}. time");
        return Process;
    }

    /// <summary>Lets the machine stop at a call to the disk that is so many calls away.</summary>
    public void ArmCrash(int calls) => _crashIn = calls;

    /// <summary>The process ends by itself.</summary>
    public void Exit()
    {
        Process?.Kill();
        Disk.KillProcesses();
    }

    /// <summary>The process is killed, or the whole machine loses its power.</summary>
    public void Crash(bool power)
    {
        if (!IsUp)
        {
            return;
        }

        world.Faults.Crashes++;
        world.Tell(name, power ? "loses power" : "is killed");
        Process!.Kill();
        if (power)
        {
            Disk.Crash(world.Random.Next());
        }
        else
        {
            Disk.KillProcesses();
        }

        Crashed?.Invoke();
    }

    /// <summary>Somebody puts another disk in while nothing runs: an empty one, or a copy of an older state.</summary>
    public void Replace(SimulatedFileSystem disk)
    {
        Disk = disk;
        world.Tell(name, "gets another disk");
    }

    /// <summary>Runs something during which the disk behaves: an oracle looks.</summary>
    public T Quietly<T>(Func<T> look)
    {
        bool before = _quiet;
        _quiet = true;
        try
        {
            return look();
        }
        finally
        {
            _quiet = before;
        }
    }

    private void Meet(Process caller, DiskOperation operation)
    {
        if (_quiet)
        {
            return;
        }

        if (!caller.IsAlive)
        {
            throw new SimulatedCrashException("The process is dead.");
        }

        world.Note(name, operation.Name);
        if (--_crashIn <= 0)
        {
            _crashIn = int.MaxValue;
            Crash(power: !world.Chance(0.2));
            throw new SimulatedCrashException($"The machine stopped before {operation.Name}.");
        }

        Trouble.Meet(world, operation);
        if (operation.Name == "LOG:SYNC" && world.Chance(Trouble.StallRate))
        {
            world.Faults.DiskStalls++;
            Syncing?.Invoke();
            caller.Stall(world.Milliseconds(5, 2_000));
        }
    }
}
