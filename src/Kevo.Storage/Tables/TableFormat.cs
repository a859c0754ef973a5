namespace Kevo.Storage.Tables;

/// <summary>The numbers of the table format; drawn in docs/TABLE_FORMAT.md.</summary>
internal static class TableFormat
{
    /// <summary>First eight bytes of the footer, little-endian.</summary>
    public const ulong Magic = 0xFACE_FEED_FACE_FEED;

    /// <summary>The footer version that is written. Higher ones have the same layout; 0 and 1 end earlier.</summary>
    public const uint Version = 2;

    /// <summary>Bytes of the footer at the end of the file.</summary>
    public const int FooterLength = 68;

    /// <summary>Bytes behind a block's restart offsets: their count (4) and the checksum (8).</summary>
    public const int BlockTrailerLength = 12;

    /// <summary>The value length that marks a tombstone; no value bytes follow.</summary>
    public const uint TombstoneLength = uint.MaxValue;

    /// <summary>Bytes of an entry behind its key: sequence (8) and value length (4).</summary>
    public const int EntryTailLength = 12;

    /// <summary>Bytes of an index value: block offset (8) and block size (4).</summary>
    public const int IndexValueLength = 12;

    /// <summary>What each entry counts towards the size of its block, besides key and value.</summary>
    public const int EntryCharge = 16;

    /// <summary>The longest key that two delta lengths may add up to when stock reads it.</summary>
    public const int MaxDecodedKeyLength = 65536;
}
