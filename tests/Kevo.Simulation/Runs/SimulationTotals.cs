using System.Globalization;
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
        return string.Create(CultureInfo.InvariantCulture, $"""
            simulated: {Seeds} seeds ({Failures} failed), {_virtualSeconds / 3600:0.0} h of virtual time in {elapsed.TotalSeconds:0} s
              per hour: {Seeds * perHour:0} seeds, {_faults.Crashes * perHour:0} crashes, {_faults.Others * perHour:0} other faults
              faults:   {_faults.Crashes} crashes, {_faults.DiskErrors} disk errors, {_faults.DiskStalls} disk stalls, {_faults.BitsFlipped} bits flipped,
                        {_faults.LinkFaults} link faults, {_faults.PacketsLost} packets lost, {_faults.CallsDuplicated} calls duplicated,
                        {_faults.AnswersLost} answers lost, {_faults.TailsLost} tails lost
              work:     {_counters.Transactions} transactions, {_counters.MessagesReceived} messages, {_counters.Batches} batches, {_counters.Acknowledgements} acknowledgements,
                        {_counters.RecoveriesChecked} recoveries and {_counters.ReadsChecked} views compared, {_counters.StoreSteps} store steps, {_counters.Repairs} repairs
            """);
    }
}
