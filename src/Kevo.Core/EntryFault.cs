namespace Kevo.Core;

/// <summary>Why bytes are not an entry payload. <see cref="None"/> means they are.</summary>
public enum EntryFault
{
    /// <summary>The bytes are exactly one entry.</summary>
    None = 0,

    /// <summary>Fewer than the 13 fixed bytes, or a length that points past the end.</summary>
    Truncated,

    /// <summary>The operation byte is none of <see cref="Operation"/>.</summary>
    UnknownOperation,

    /// <summary>The key length is over <see cref="EntryLimits.MaxKeyLength"/>.</summary>
    KeyTooLong,

    /// <summary>The value length is over <see cref="EntryLimits.MaxValueLength"/>.</summary>
    ValueTooLong,

    /// <summary>Bytes are left after the end of the entry.</summary>
    TrailingBytes,

    /// <summary>The key is empty, which no client can write and Kevo's tables cannot hold.</summary>
    EmptyKey,

    /// <summary>Sequence 0, which Kevo never assigns.</summary>
    ZeroSequence,
}
