using Kevo.Testing.Disk;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.Corruption;

/// <summary>Every bit and every length of a table and of its filter, one at a time: each is detected.</summary>
public sealed class TableFlipTests
{
    private readonly TableFlips _files = new();

    [Fact]
    public void Every_flipped_bit_and_every_length_of_a_table_is_detected() =>
        Try("table", TableFlips.Path, _files.RefusesTable);

    [Fact]
    public void Every_flipped_bit_and_every_length_of_a_filter_is_detected() =>
        Try("filter", _files.FilterPath, _files.RefusesFilter);

    private void Try(string what, string path, Func<SimulatedFileSystem, string, bool> refuses)
    {
        Assert.False(refuses(_files.Copy(), "unchanged"), "what is sound is refused");
        long bits = _files.BitsOf(path);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 2 }, part =>
        {
            SimulatedFileSystem disk = _files.Copy();
            for (long bit = bits * part / 16; bit < bits * (part + 1) / 16; bit++)
            {
                disk.FlipBit(path, bit);
                Assert.True(refuses(disk, $"bit {bit}"), $"bit {bit} of the {what} is not noticed");
                disk.FlipBit(path, bit);
            }
        });
        for (long length = 0; length < bits / 8; length++)
        {
            SimulatedFileSystem disk = _files.Copy();
            disk.Truncate("TEST:CUT", path, length);
            Assert.True(refuses(disk, $"cut to {length}"), $"the {what} cut to {length} is not noticed");
        }

        ProofLine.Write($"flips of a {what}", ("flips", bits), ("lengths", bits / 8), ("refused", bits + (bits / 8)));
    }
}
