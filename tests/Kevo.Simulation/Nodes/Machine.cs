using Kevo.Core;
using Kevo.Platform;
using Kevo.Simulation.Engine;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Nodes;

/// <summary>
/// A machine with a disk, on which one process at a time runs: crashes, kills and failing calls happen here.
/// </summary>
internal sealed class Machine(World world, string name)
{
    private readonly HashSet<string> _rotten = new(StringComparer.Ordinal);
    private TimeSpan _clockOffset;
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

    /// <summary>Chance that a bit turns over on the disk while the machine is down.</summary>
    public double RotChance { get; set; }

    /// <summary>Told, outside of any process, in which file a bit has turned over.</summary>
    public Action<string>? Rotted { get; set; }

    /// <summary>Whether a process runs.</summary>
    public bool IsUp => Process is { IsAlive: true };

    /// <summary>Starts a process.</summary>
    public Process Boot()
    {
        if (world.Chance(RotChance))
        {
            Rot();
        }

        _crashIn = int.MaxValue;
        Process = new Process(world.Scheduler, name);
        Process.Clock.Offset = _clockOffset;
        Process booted = Process;
        FileSystem = new FaultInjectingFileSystem(Disk)
        {
            OnOperation = operation => Meet(booted, operation),
            IsBusy = () => world.Chance(0.5),
        };
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

    /// <summary>Somebody sets the time of day, by far.</summary>
    public void SetClock(TimeSpan offset)
    {
        world.Faults.ClockJumps++;
        world.Tell(name, $"has its clock set from {_clockOffset} to {offset} off");
        _clockOffset = offset;
        if (Process is { } process)
        {
            process.Clock.Offset = offset;
        }
    }

    /// <summary>Whether an error names a file that was damaged.</summary>
    public bool NamesRot(string message) =>
        _rotten.Any(path => message.Contains(path, StringComparison.Ordinal));

    /// <summary>Somebody puts another disk in while nothing runs: an empty one, or a copy of an older state.</summary>
    public void Replace(SimulatedFileSystem disk)
    {
        Disk = disk;
        _rotten.Clear();
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

    /// <summary>One bit of one file turns over.</summary>
    private void Rot()
    {
        (string Path, long Length)[] files = [.. Disk.ListAll().Where(static file => file.Length > 0)];
        if (files.Length == 0)
        {
            return;
        }

        (string path, long length) = files[world.Random.Next(files.Length)];
        long bit = world.Random.NextInt64(length * 8);
        Disk.FlipBit(path, bit);
        _rotten.Add(path);
        world.Faults.BitsFlipped++;
        world.Tell(name, $"has bit {bit} of {path} turned over");
        Rotted?.Invoke(path);
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
