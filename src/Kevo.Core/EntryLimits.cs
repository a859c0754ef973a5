namespace Kevo.Core;

/// <summary>
/// The largest keys and values that replication accepts, in bytes. They are the limits stock replicas enforce, so that
/// an absurd length is refused before anything is allocated for it.
/// </summary>
public static class EntryLimits
{
    /// <summary>1 MiB.</summary>
    public const int MaxKeyLength = 1 << 20;

    /// <summary>10 MiB.</summary>
    public const int MaxValueLength = 10 << 20;

    /// <summary>Bytes before the key: operation (1), sequence (8), key length (4).</summary>
    public const int FixedLength = 13;

    /// <summary>The longest payload these limits allow.</summary>
    public const int MaxPayloadLength = FixedLength + MaxKeyLength + sizeof(uint) + MaxValueLength;

    /// <summary>The last sequence stock assigns; an append is refused beyond it (2^64 - 1 000 002).</summary>
    public const ulong LastSequence = ulong.MaxValue - 1_000_001;
}
