using Kevo.Wire;

namespace Kevo.Server.Consistency;

/// <summary>The metadata by which clients ask for, and are told, how fresh an answer is.</summary>
public static class ConsistencyHeaders
{
    /// <summary>
    /// Request: answer only when this position is visible. <c>SEQUENCE</c> means in the current epoch;
    /// <c>EPOCH:SEQUENCE</c> is what <see cref="Position"/> returned earlier.
    /// </summary>
    public const string MinSequence = "kevo-min-sequence";

    /// <summary>Response header of every read: the position the answer reflects, as <c>EPOCH:SEQUENCE</c>.</summary>
    public const string Position = ReadHeaders.Position;

    /// <summary>Response header of every read: the epoch of that position, alone.</summary>
    public const string Epoch = "kevo-epoch";
}
