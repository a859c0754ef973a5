using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>
/// The last position on stable storage here, and the last one readers can see. Written by the loop after a sync.
/// </summary>
/// <param name="Value">The place in the history; <see cref="LogPosition.None"/> before the first.</param>
public readonly record struct DurablePosition(LogPosition Value)
{
    /// <summary><c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public override string ToString() => Value.ToString();
}
