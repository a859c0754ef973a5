using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>The last position the primary was told is durable here, and accepted. Written by the loop.</summary>
/// <param name="Value">The place in the history; <see cref="LogPosition.None"/> before the first.</param>
public readonly record struct AcknowledgedPosition(LogPosition Value)
{
    /// <summary><c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public override string ToString() => Value.ToString();
}
