namespace Kevo.Simulation.Engine;

/// <summary>Faults that were injected.</summary>
internal sealed class FaultCounts
{
    /// <summary>Power cuts and killed processes.</summary>
    public long Crashes { get; set; }

    /// <summary>Calls to a disk that failed.</summary>
    public long DiskErrors { get; set; }

    /// <summary>Calls to a disk that stood still.</summary>
    public long DiskStalls { get; set; }

    /// <summary>Times a disk was full.</summary>
    public long DisksFilled { get; set; }

    /// <summary>Bits that turned over.</summary>
    public long BitsFlipped { get; set; }

    /// <summary>Links that were cut, reset or silenced.</summary>
    public long LinkFaults { get; set; }

    /// <summary>Packets that had to be repeated.</summary>
    public long PacketsLost { get; set; }

    /// <summary>Calls that arrived twice.</summary>
    public long CallsDuplicated { get; set; }

    /// <summary>Answers that never arrived.</summary>
    public long AnswersLost { get; set; }

    /// <summary>Restarts of a primary that lost what it had.</summary>
    public long TailsLost { get; set; }

    /// <summary>Times a machine's time of day was set.</summary>
    public long ClockJumps { get; set; }

    /// <summary>All but the crashes.</summary>
    public long Others => DiskErrors + DiskStalls + DisksFilled + BitsFlipped + LinkFaults + PacketsLost
        + CallsDuplicated + AnswersLost + TailsLost + ClockJumps;

    /// <summary>Adds those of another world.</summary>
    public void Add(FaultCounts other)
    {
        Crashes += other.Crashes;
        DiskErrors += other.DiskErrors;
        DiskStalls += other.DiskStalls;
        DisksFilled += other.DisksFilled;
        BitsFlipped += other.BitsFlipped;
        LinkFaults += other.LinkFaults;
        PacketsLost += other.PacketsLost;
        CallsDuplicated += other.CallsDuplicated;
        AnswersLost += other.AnswersLost;
        TailsLost += other.TailsLost;
        ClockJumps += other.ClockJumps;
    }
}
