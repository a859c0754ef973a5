using Kevo.Core;
using Kevo.Platform.Watching;
using Kevo.Testing;
using Xunit;

namespace Kevo.Platform.Tests.Watching;

/// <summary>Changes in a directory end a wait; silence does not.</summary>
public sealed class DirectoryWatcherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Growth_creation_renaming_and_deletion_of_files_are_seen()
    {
        string file = _directory.Combine("a");
        string other = _directory.Combine("b");
        using var watcher = InotifyWatcher.Open("TEST:WATCH", _directory.Path);
        Assert.True(watcher.IsImmediate);
        foreach (Action change in (Action[])
            [
                () => File.WriteAllText(file, ""),
                () => File.AppendAllText(file, "grown"),
                () => File.Move(file, other),
                () => File.Delete(other),
            ])
        {
            Assert.False(watcher.Wait(TimeSpan.Zero));
            change();
            Assert.True(watcher.Wait(Patience));
            while (watcher.Wait(TimeSpan.Zero))
            {
            }
        }
    }

    [Fact]
    public void A_change_on_another_thread_ends_a_wait_under_way()
    {
        using var watcher = InotifyWatcher.Open("TEST:WATCH", _directory.Path);
        var thread = new Thread(() => File.WriteAllText(_directory.Combine("a"), "new"));
        thread.Start();

        Assert.True(watcher.Wait(Patience));
        thread.Join();
    }

    [Fact]
    public void A_watcher_can_be_woken_before_and_during_a_wait()
    {
        using var kernel = InotifyWatcher.Open("TEST:WATCH", _directory.Path);
        using var polling = new PollingWatcher(Patience);
        foreach (IDirectoryWatcher watcher in (IDirectoryWatcher[])[kernel, polling])
        {
            watcher.Wake();
            Assert.True(watcher.Wait(Patience));
            Assert.False(watcher.Wait(TimeSpan.Zero));
        }
    }

    [Fact]
    public void A_polling_watcher_says_maybe_at_its_interval()
    {
        using var watcher = new PollingWatcher(TimeSpan.FromMilliseconds(1));

        Assert.False(watcher.IsImmediate);
        Assert.True(watcher.Wait(Patience));
        Assert.False(watcher.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void Watching_what_is_no_directory_is_a_clear_error()
    {
        var error = Assert.Throws<StorageException>(
            () => InotifyWatcher.Open("TEST:WATCH", _directory.Combine("absent")));

        Assert.Equal(StorageFault.NotFound, error.Fault);
        Assert.Contains("TEST:WATCH", error.Message, StringComparison.Ordinal);
    }
}
