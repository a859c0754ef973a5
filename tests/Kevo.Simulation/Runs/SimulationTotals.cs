using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Runs;

/// <summary>Figures over many seeds.</summary>
internal sealed class SimulationTotals
{
    private readonly FaultCounts _faults = new();
    private readonly WorldCounters _counters = new();
    private double _virtualSeconds;

    /// <summary>Seeds so far.</summary>
    public int Seeds { get; private set; }

    /// <summary>Seeds in which something was violated.</summary>
    public int Failures { get; private set; }

    /// <summary>Faults so far.</summary>
    public FaultCounts Faults => _faults;

    /// <summary>What was exercised so far.</summary>
    public WorldCounters Counters => _counters;

    /// <summary>Adds a seed.</summary>
    public void Add(SeedResult result)
    {
        Seeds++;
        Failures += result.Failure is null ? 0 : 1;
        _faults.Add(result.World.Faults);
        _counters.Add(result.World.Counters);
        _virtualSeconds += TimeSpan.FromTicks(result.World.Scheduler.Now).TotalSeconds;
    }

    /// <summary>One paragraph of figures.</summary>
    public string Describe(TimeSpan elapsed)
    {
        double perHour = 1 / Math.Max(elapsed.TotalHours, 1e-9);
        string[] lines =
        [
            $"simulated: {Seeds} seeds ({Failures} failed), {_virtualSeconds / 3600:0.0} h of virtual time",
            $"           in {elapsed.TotalSeconds:0} s",
            $"per hour:  {Seeds * perHour:0} seeds, {Faults.Crashes * perHour:0} crashes, "
                + $"{Faults.Others * perHour:0} other faults",
            $"faults:    {Faults.Crashes} crashes, {Faults.DiskErrors} disk errors, {Faults.DiskStalls} disk stalls, "
                + $"{Faults.DisksFilled} full disks,",
            $"           {Faults.BitsFlipped} bits flipped, {Faults.ClockJumps} clocks set,",
            $"           {Faults.LinkFaults} link faults, {Faults.PacketsLost} packets lost, "
                + $"{Faults.CallsDuplicated} calls duplicated,",
            $"           {Faults.AnswersLost} answers lost, {Faults.TailsLost} tails lost",
            $"work:      {Counters.Transactions} transactions, {Counters.MessagesReceived} messages, "
                + $"{Counters.Batches} batches, {Counters.Acknowledgements} acknowledgements,",
            $"           {Counters.RecoveriesChecked} recoveries and {Counters.ReadsChecked} views compared,",
            $"           {Counters.StoreSteps} store steps, {Counters.Repairs} repairs, "
                + $"{Counters.SnapshotsOfNodes} snapshots of nodes,",
            $"           {Counters.RotDetected} times rot was named, {Counters.FramesCut} last frames cut by it",
        ];
        return string.Join(Environment.NewLine, lines);
    }
}
