using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Testing;

namespace Kevo.Relay.Tests.Serving;

public sealed class KnownReplicaFileTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_written_is_read_and_a_name_may_hold_anything_but_line_breaks()
    {
        using var directory = new TemporaryDirectory();
        KnownReplica[] written =
        [
            new("plain", new LogPosition(1, 5), Noon),
            new("with blanks: and ö", new LogPosition(2, ulong.MaxValue), Noon),
        ];
        FileIn(directory).Write([.. written, new KnownReplica("two\nlines", new LogPosition(1, 1), Noon)]);
        Assert.Equal(written, FileIn(directory).Read());
    }

    [Fact]
    public void Without_a_file_nobody_is_known()
    {
        using var directory = new TemporaryDirectory();
        Assert.Empty(FileIn(directory).Read());
    }

    [Fact]
    public void A_file_that_was_damaged_anywhere_is_refused()
    {
        using var directory = new TemporaryDirectory();
        FileIn(directory).Write([new KnownReplica("a", new LogPosition(1, 5), Noon)]);
        string path = directory.Combine("replicas.known");
        byte[] bytes = File.ReadAllBytes(path);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 1;
            File.WriteAllBytes(path, damaged);
            StorageException error = Assert.Throws<StorageException>(() => FileIn(directory).Read());
            Assert.Equal(StorageFault.Corrupt, error.Fault);
        }
    }

    private static KnownReplicaFile FileIn(TemporaryDirectory directory) =>
        new(LinuxFileSystem.Instance, directory.Path);
}
