using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>
/// The positions of the pipeline: received &gt;= appended &gt;= durable &gt;= acknowledged, and visible = durable.
/// </summary>
public sealed record PositionReport
{
    /// <summary>Read from the stream.</summary>
    public LogPosition Received { get; init; }

    /// <summary>Written to the log, not yet synced.</summary>
    public LogPosition Appended { get; init; }

    /// <summary>On stable storage.</summary>
    public LogPosition Durable { get; init; }

    /// <summary>Told to the primary, and accepted by it.</summary>
    public LogPosition Acknowledged { get; init; }

    /// <summary>The last sequence the primary is known to have; null when it is not known.</summary>
    public ulong? PrimaryLast { get; init; }
}
