using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Node;

public sealed class NodeFileTests
{
    private static readonly LinuxFileSystem Disk = LinuxFileSystem.Instance;

    [Fact]
    public void An_empty_directory_gets_a_name_that_stays()
    {
        using var directory = new TemporaryDirectory();
        NodeFile made = NodeFile.ReadOrCreate(Disk, directory.Path);
        Assert.Matches("^[0-9a-f]{16}$", made.NodeId);
        Assert.Equal(made, NodeFile.ReadOrCreate(Disk, directory.Path));
        Assert.Equal(made, NodeFile.Read(Disk, directory.Path));
    }

    [Fact]
    public void A_directory_with_other_content_is_not_taken_over()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("MANIFEST"), "");
        var error = Assert.Throws<StorageException>(() => NodeFile.ReadOrCreate(Disk, directory.Path));
        Assert.Equal(StorageFault.UnknownVersion, error.Fault);
        Assert.Contains("MANIFEST", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_and_the_directory_of_a_fresh_file_system_are_no_content()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("LOCK"), "");
        Directory.CreateDirectory(directory.Combine("lost+found"));
        Assert.NotNull(NodeFile.ReadOrCreate(Disk, directory.Path));
    }

    [Fact]
    public void A_first_start_that_was_killed_while_it_made_the_file_is_made_up_for()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("node.json.tmp"), "{");
        NodeFile made = NodeFile.ReadOrCreate(Disk, directory.Path);
        Assert.Equal(made, NodeFile.Read(Disk, directory.Path));
        Assert.False(File.Exists(directory.Combine("node.json.tmp")));
    }

    [Theory]
    [InlineData("""{ "format": 1, "node": null }""", StorageFault.Corrupt)]
    [InlineData("""{ "format": 2, "node": "a" }""", StorageFault.UnknownVersion)]
    [InlineData("""{ "node": "a" }""", StorageFault.Corrupt)]
    [InlineData("""{ "format": "1", "node": "a" }""", StorageFault.Corrupt)]
    [InlineData("[]", StorageFault.Corrupt)]
    [InlineData("", StorageFault.Corrupt)]
    public void An_unusable_file_is_an_error_that_names_it(string content, StorageFault fault)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine(NodeFile.Name);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
        var error = Assert.Throws<StorageException>(() => NodeFile.ReadOrCreate(Disk, directory.Path));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_error_where_one_must_be()
    {
        using var directory = new TemporaryDirectory();
        var error = Assert.Throws<StorageException>(() => NodeFile.Read(Disk, directory.Path));
        Assert.Equal(StorageFault.NotFound, error.Fault);
    }
}
