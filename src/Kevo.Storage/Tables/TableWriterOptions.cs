namespace Kevo.Storage.Tables;

/// <summary>How a table is written. Values are checked when they are set.</summary>
public sealed record TableWriterOptions
{
    /// <summary>
    /// The size at which a data block is closed, in bytes of keys and values plus 16 per entry. Default 8 KiB: a lookup
    /// walks half a block (measured with 100-byte values outside the caches: 4 KiB 1.3 us, 8 KiB 1.6 us, 16 KiB 2.5
    /// us), stock hashes a whole one per lookup and table, and an open table keeps about 24 bytes and a key per block.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 256 bytes to 1 MiB.</exception>
    public int BlockSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TableLimits.MinBlockSize);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TableLimits.MaxBlockSize);
            field = value;
        }
    } = 8 * 1024;

    /// <summary>
    /// Size of the filter beside the table, in bits per key; 0 writes none. Default 10: about one lookup of an absent
    /// key in a hundred reads a block.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0 to 32.</exception>
    public int FilterBitsPerKey
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 32);
            field = value;
        }
    } = 10;

    /// <summary>The creation time put into the footer, in Unix nanoseconds. Stock does not use it. Default 0.</summary>
    public long CreatedUnixNanoseconds { get; init; }
}
