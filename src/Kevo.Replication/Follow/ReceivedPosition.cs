using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>
/// The highest position seen in the stream so far, applied or not. Written by the loop while it decodes.
/// </summary>
/// <param name="Value">The place in the history; <see cref="LogPosition.None"/> before the first.</param>
public readonly record struct ReceivedPosition(LogPosition Value)
{
    /// <summary><c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public override string ToString() => Value.ToString();
}
