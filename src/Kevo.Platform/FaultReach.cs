namespace Kevo.Platform;

/// <summary>How much of a mapped file one touched byte can bring into this process's memory.</summary>
public static class FaultReach
{
    // fault_around_bytes, as Linux ships with.
    private const int AroundBytes = 64 << 10;

    // Since 6.18 a fault maps the whole folio it finds in the page cache (finish_fault in mm/memory.c).
    private static readonly bool MapsWholeFolios = Environment.OSVersion.Version >= new Version(6, 18);

    /// <summary>
    /// What a fault maps, in bytes, of a file that was written in aligned pieces, of each of which a file system that
    /// has large folios makes one. A fault near the edge of a piece may bring in the next one too, a fault in a file
    /// that was read from the disk less. A power of two when <paramref name="writtenBytes"/> is one.
    /// </summary>
    /// <param name="writtenBytes">The length of the pieces.</param>
    public static int Of(int writtenBytes) =>
        MapsWholeFolios ? Math.Max(AroundBytes, writtenBytes) : AroundBytes;
}
