using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Replica.Tests.Node;

/// <summary>A store built anew takes the old one's place as a whole, whenever the process dies.</summary>
public sealed class HistoryReplacementTests
{
    private static readonly string[] Parts = ["log", "tables"];

    [Fact]
    public void The_new_store_is_in_place_and_the_old_one_set_aside()
    {
        using var directory = new TemporaryDirectory();
        string aside = Prepare(LinuxFileSystem.Instance, directory);
        HistoryReplacement.Finish(LinuxFileSystem.Instance, directory.Path);
        AssertReplaced(directory, aside);
        HistoryReplacement.Finish(LinuxFileSystem.Instance, directory.Path);
        AssertReplaced(directory, aside);
    }

    [Fact]
    public void A_failure_at_any_step_is_finished_by_the_next_start()
    {
        string[] steps = Steps();
        Assert.Contains("RESYNC:PLACE", steps);
        for (int step = 0; step < steps.Length; step++)
        {
            using var directory = new TemporaryDirectory();
            string aside = Prepare(LinuxFileSystem.Instance, directory);
            var failing = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
            failing.Fail(steps[step], steps[..(step + 1)].Count(name => name == steps[step]));
            Assert.Throws<StorageException>(() => HistoryReplacement.Finish(failing, directory.Path));
            HistoryReplacement.Finish(LinuxFileSystem.Instance, directory.Path);
            AssertReplaced(directory, aside);
        }
    }

    [Fact]
    public void What_an_attempt_left_that_was_not_complete_is_removed_by_the_next()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "old");
        var node = new NodeFile("0123456789abcdef");
        string built = HistoryReplacement.Begin(LinuxFileSystem.Instance, directory.Path, node);
        Directory.CreateDirectory(Path.Combine(built, "log"));
        File.WriteAllText(Path.Combine(built, "log", "content"), "half");
        HistoryReplacement.Finish(LinuxFileSystem.Instance, directory.Path);
        Assert.Equal("old", File.ReadAllText(directory.Combine("log", "content")));
        HistoryReplacement.Begin(LinuxFileSystem.Instance, directory.Path, node);
        Assert.False(File.Exists(Path.Combine(built, "log", "content")));
        Assert.Equal(node, NodeFile.Read(LinuxFileSystem.Instance, built));
    }

    private static string[] Steps()
    {
        using var directory = new TemporaryDirectory();
        Prepare(LinuxFileSystem.Instance, directory);
        var recording = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        HistoryReplacement.Finish(recording, directory.Path);
        return [.. recording.Operations.Select(operation => operation.Name)];
    }

    private static string Prepare(IFileSystem fileSystem, TemporaryDirectory directory)
    {
        Write(directory, "old");
        string built = HistoryReplacement.Begin(fileSystem, directory.Path, new NodeFile("0123456789abcdef"));
        Write(built, "new");
        return HistoryReplacement.Complete(fileSystem, directory.Path, new LogPosition(1, 5));
    }

    private static void Write(TemporaryDirectory directory, string content) => Write(directory.Path, content);

    private static void Write(string directory, string content)
    {
        foreach (string part in Parts)
        {
            Directory.CreateDirectory(Path.Combine(directory, part));
            File.WriteAllText(Path.Combine(directory, part, "content"), content);
        }

        File.WriteAllText(Path.Combine(directory, "CHECKPOINT"), content);
    }

    private static void AssertReplaced(TemporaryDirectory directory, string aside)
    {
        foreach ((string root, string content) in new[] { (directory.Path, "new"), (aside, "old") })
        {
            foreach (string part in Parts)
            {
                Assert.Equal(content, File.ReadAllText(Path.Combine(root, part, "content")));
            }

            Assert.Equal(content, File.ReadAllText(Path.Combine(root, "CHECKPOINT")));
        }

        Assert.False(File.Exists(directory.Combine("resync", "COMPLETE")));
    }
}
