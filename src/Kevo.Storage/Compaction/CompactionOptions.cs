using Kevo.Core;

namespace Kevo.Storage.Compaction;

/// <summary>When and how runs of tables are merged.</summary>
public sealed record CompactionOptions
{
    /// <summary>
    /// How many runs of about one size are merged into one of the next size. Default 4: each byte is written about once
    /// more per factor of four between a flush and the whole content, and a lookup has about 1.5 times that many runs
    /// to ask.
    /// </summary>
    /// <exception cref="ConfigurationException">Outside 2 to 32.</exception>
    public int FanIn
    {
        get;
        init => field = value is >= 2 and <= 32
            ? value
            : throw new ConfigurationException($"A compaction fan-in of {value} is unusable: it must be from 2 to 32.");
    } = 4;

    /// <summary>
    /// How large all newer runs together may grow, as a share of the oldest run, before everything is merged. Default
    /// 0.75: the tables take at most about 1.75 times the live data between merges.
    /// </summary>
    /// <exception cref="ConfigurationException">Outside 0.1 to 4.</exception>
    public double NewerShare
    {
        get;
        init => field = value is >= 0.1 and <= 4
            ? value
            : throw new ConfigurationException($"A newer share of {value} is unusable: it must be from 0.1 to 4.");
    } = 0.75;

    /// <summary>Runs above this number are merged whatever their sizes. Default 24.</summary>
    /// <exception cref="ConfigurationException">Outside 4 to 1000.</exception>
    public int MaxRuns
    {
        get;
        init => field = value is >= 4 and <= 1000
            ? value
            : throw new ConfigurationException($"A limit of {value} runs is unusable: it must be from 4 to 1000.");
    } = 24;
}
