using Kevo.Wire;

namespace Kevo.Replication.Receive;

/// <summary>A response and the moment it arrived.</summary>
/// <param name="Message">The response; whoever takes it from the queue disposes it.</param>
/// <param name="ArrivedAt">Timestamp of the time provider.</param>
public readonly record struct ReceivedMessage(StreamMessage Message, long ArrivedAt);
