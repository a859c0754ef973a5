namespace Kevo.Storage.Tables;

/// <summary>The numbers of the filter format; drawn in docs/TABLE_FORMAT.md.</summary>
internal static class TableFilterFormat
{
    /// <summary>The bytes <c>KEVOFLTR</c> read as a little-endian number.</summary>
    public const ulong Magic = 0x5254_4C46_4F56_454B;

    /// <summary>Raised with every change of layout, hash or bit choice.</summary>
    public const uint Version = 1;

    /// <summary>Bytes before the lines.</summary>
    public const int HeaderLength = 64;

    /// <summary>Where the header's checksum is; it covers everything before it.</summary>
    public const int HeaderChecksumOffset = 56;

    /// <summary>Bytes of a line; a key sets and asks bits of one line only.</summary>
    public const int LineLength = 64;

    /// <summary>Bytes behind the lines: their checksum.</summary>
    public const int TrailerLength = 8;

    /// <summary>The most lines a filter may have (1 GiB), so that absurd headers are refused.</summary>
    public const long LineCountMax = 1 << 24;

    /// <summary>One odd multiplier per 64-bit word of a line; the top six bits of the product choose the bit.</summary>
    public static readonly uint[] Multipliers =
    [
        0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D, 0x27D4_EB2F, 0x1656_67B1, 0x6C8E_9CF5, 0xB529_7A4D, 0x68E3_1DA5,
    ];

    /// <summary>The line of a key by its hash.</summary>
    public static long LineOf(ulong hash, long lineCount) => (long)Math.BigMul(hash, (ulong)lineCount, out _);

    /// <summary>The bit of a key in word <paramref name="word"/> of its line.</summary>
    public static ulong BitOf(ulong hash, int word) => 1UL << (int)(((uint)hash * Multipliers[word]) >> 26);
}
