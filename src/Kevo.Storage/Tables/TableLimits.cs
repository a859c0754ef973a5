namespace Kevo.Storage.Tables;

/// <summary>What a table can hold, in bytes.</summary>
public static class TableLimits
{
    /// <summary>The longest key: its length is stored in 16 bits. The shortest is one byte.</summary>
    public const int MaxKeyLength = 65535;

    /// <summary>The longest value that is written. The format reaches further; replication stays far below.</summary>
    public const int MaxValueLength = 1 << 30;

    /// <summary>The smallest and largest block size a writer accepts.</summary>
    public const int MinBlockSize = 256;

    /// <summary>See <see cref="MinBlockSize"/>.</summary>
    public const int MaxBlockSize = 1 << 20;
}
