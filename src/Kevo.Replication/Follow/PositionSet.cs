namespace Kevo.Replication.Follow;

/// <summary>
/// The four positions at one moment; they satisfy received &gt;= appended &gt;= durable &gt;= acknowledged.
/// </summary>
/// <param name="Received">The highest position seen in the stream.</param>
/// <param name="Appended">The last whole transaction in the applier.</param>
/// <param name="Durable">The last position on stable storage, which is also what readers see.</param>
/// <param name="Acknowledged">The last position the primary accepted as acknowledged.</param>
public readonly record struct PositionSet(
    ReceivedPosition Received, AppendedPosition Appended, DurablePosition Durable, AcknowledgedPosition Acknowledged);
