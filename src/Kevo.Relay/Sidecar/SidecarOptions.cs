using Kevo.Core;
using Kevo.Storage.Kevo;

namespace Kevo.Relay.Sidecar;

/// <summary>How a sidecar follows a stock directory.</summary>
public sealed record SidecarOptions
{
    /// <summary>The data directory of the stock primary; only read.</summary>
    public required string StockDirectory { get; init; }

    /// <summary>The sidecar's own directory: its log and where it has got to.</summary>
    public required string Directory { get; init; }

    /// <summary>What to do when the manifest names places outside the stock directory. Default: refuse.</summary>
    public StockPathPolicy PathPolicy { get; init; } = StockPathPolicy.RequireInside;

    /// <summary>
    /// How long the file must not have grown before the last operations in it count as a whole transaction. Default: 3
    /// ms.
    /// </summary>
    /// <remarks>
    /// Stock marks no transaction's end, but it writes each batch with one write call and syncs before the next, so an
    /// unfinished batch can be seen only while that call copies into the page cache, during which the file keeps
    /// growing. A batch followed by anything needs no waiting.
    /// </remarks>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>
    /// How long a cut-off record may stay at the end of the file before what stands behind it is tried. Default: 1 s.
    /// </summary>
    public TimeSpan TornPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Bytes of entries copied between two syncs at most, unless one transaction is larger. Default: 4 MiB.
    /// </summary>
    public int BatchBytes { get; init; } = 4 << 20;

    /// <summary>
    /// The longest time between two records of where the sidecar has got to. Default: 1 s. After a crash so much is
    /// compared again with the stock files.
    /// </summary>
    public TimeSpan StateInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between looks where the system does not report changes. Default: 10 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Segment size of the sidecar's log in bytes.</summary>
    public int SegmentSize { get; init; } = Storage.Log.LogOptions.DefaultSegmentSize;

    /// <summary>Hears how far opening and comparing are; nobody when null (default).</summary>
    public IProgress<WorkProgress>? Progress { get; init; }

    internal void Validate()
    {
        if (SettleTime < TimeSpan.Zero || TornPatience < SettleTime || BatchBytes < 1 || StateInterval < TimeSpan.Zero
            || PollInterval <= TimeSpan.Zero)
        {
            throw new ConfigurationException(
                "A sidecar needs a settle time of 0 or more, a patience not below it, a batch of 1 byte or more, and a "
                + "poll interval above 0.");
        }
    }
}
