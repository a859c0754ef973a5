using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>
/// The last whole transaction handed to the applier; in the open batch, not yet durable. Written by the loop.
/// </summary>
/// <param name="Value">The place in the history; <see cref="LogPosition.None"/> before the first.</param>
public readonly record struct AppendedPosition(LogPosition Value)
{
    /// <summary><c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public override string ToString() => Value.ToString();
}
