using System.Globalization;
using Kevo.Testing;

namespace Kevo.Platform.Tests;

/// <summary>What the kernel of this machine maps for one touched byte.</summary>
public sealed class FaultReachTests
{
    private const int Pieces = 16;

    [Theory]
    [InlineData(4 << 10)]
    [InlineData(256 << 10)]
    public void A_byte_touched_in_the_middle_of_a_piece_brings_in_no_more_than_is_said(int writtenBytes)
    {
        using TemporaryDirectory directory = new();
        string path = directory.Combine("file");
        byte[] piece = new byte[writtenBytes];
        new Random(1).NextBytes(piece);
        using (FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            for (int i = 0; i < Pieces; i++)
            {
                file.Write(piece);
            }
        }

        using IMappedFile mapped = LinuxFileSystem.Instance.OpenMapped("TEST:OPEN", path, writable: false);
        int sum = 0;
        for (int i = 0; i < Pieces; i += 5)
        {
            sum += mapped.Read((i * (long)writtenBytes) + (writtenBytes / 2), 1)[0];
            Assert.InRange(ResidentBytes(path), 1, ((i / 5) + 1) * FaultReach.Of(writtenBytes));
        }

        Assert.True(sum > 0);
    }

    private static long ResidentBytes(string path)
    {
        string resident = File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
            .First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        string kibibytes = resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return 1024 * long.Parse(kibibytes, CultureInfo.InvariantCulture);
    }
}
