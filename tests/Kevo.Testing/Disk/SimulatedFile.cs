namespace Kevo.Testing.Disk;

/// <summary>
/// The content of one simulated file: what processes see (<see cref="Data"/>) and what would survive a power cut
/// for certain (<see cref="Stable"/>). Bytes beyond a length are zero in both.
/// </summary>
internal sealed class SimulatedFile
{
    private const int SectorLength = 512;
    private const int PageLength = 4096;

    internal byte[] Data { get; private set; } = [];

    internal int Length { get; private set; }

    internal byte[] Stable { get; private set; } = [];

    internal int StableLength { get; private set; }

    /// <summary>Ranges that cannot be read, as after the loss of a sector.</summary>
    internal List<(long Offset, long Length)> Unreadable { get; } = [];

    internal void SetLength(int length)
    {
        if (length < Length)
        {
            Data.AsSpan(length, Length - length).Clear();
        }

        Data = Grown(Data, length);
        Length = length;
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        int at = Length;
        SetLength(at + bytes.Length);
        bytes.CopyTo(Data.AsSpan(at));
    }

    /// <summary>Makes a range, widened to pages, and the length durable.</summary>
    internal void Sync(long offset, long length)
    {
        if (StableLength > Length)
        {
            Stable.AsSpan(Length, StableLength - Length).Clear();
        }

        Stable = Grown(Stable, Length);
        StableLength = Length;
        int first = (int)(offset / PageLength * PageLength);
        int end = (int)Math.Min(Length, (offset + length + PageLength - 1) / PageLength * PageLength);
        if (end > first)
        {
            Data.AsSpan(first, end - first).CopyTo(Stable.AsSpan(first));
        }
    }

    internal void FlipBit(long bit)
    {
        Data[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        if (bit / 8 < StableLength)
        {
            Stable[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        }
    }

    /// <summary>
    /// One of the files a power cut could leave: every page that differs is old, new, or torn between its sectors,
    /// and an unsynced length is the old one, the new one, or (for a file that grew) one between.
    /// </summary>
    internal SimulatedFile Survivor(Random random)
    {
        int length = StableLength == Length
            ? Length
            : random.Next(3) switch
            {
                0 => StableLength,
                1 => Length,
                _ => StableLength < Length ? random.Next(StableLength, Length + 1) : Length,
            };
        var survivor = new SimulatedFile();
        survivor.SetLength(length);
        for (int page = 0; page < length; page += PageLength)
        {
            if (IsStable(page, Math.Min(length, page + PageLength)))
            {
                CopySector(Data, survivor.Data, page, length, PageLength);
                continue;
            }

            int pageFate = random.Next(3);
            for (int sector = page; sector < Math.Min(length, page + PageLength); sector += SectorLength)
            {
                bool written = pageFate == 2 ? random.Next(2) == 0 : pageFate == 1;
                CopySector(written ? Data : Stable, survivor.Data, sector, length, SectorLength);
            }
        }

        survivor.Unreadable.AddRange(Unreadable);
        survivor.Sync(0, length);
        return survivor;
    }

    // Where nothing differs there is nothing to choose.
    private bool IsStable(int from, int to) =>
        to <= Stable.Length && to <= Data.Length
        && Data.AsSpan(from, to - from).SequenceEqual(Stable.AsSpan(from, to - from));

    private static void CopySector(byte[] source, byte[] target, int sector, int length, int unit)
    {
        int end = Math.Min(Math.Min(sector + unit, length), source.Length);
        if (end > sector)
        {
            source.AsSpan(sector, end - sector).CopyTo(target.AsSpan(sector));
        }
    }

    // Mapped spans point into the array: it is replaced only when it must grow, which a mapped file never does.
    private static byte[] Grown(byte[] bytes, int length)
    {
        if (bytes.Length < length)
        {
            Array.Resize(ref bytes, bytes.Length == 0 ? length : Math.Max(length, bytes.Length * 2));
        }

        return bytes;
    }
}
