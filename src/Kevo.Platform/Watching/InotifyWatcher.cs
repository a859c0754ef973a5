using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform.Watching;

/// <summary>
/// A directory watched by the kernel (inotify). The event of a write comes after the whole write is visible to readers.
/// </summary>
public sealed unsafe class InotifyWatcher : IDirectoryWatcher
{
    private const uint Mask = LibC.WatchModify | LibC.WatchMovedFrom | LibC.WatchMovedTo | LibC.WatchCreate
        | LibC.WatchDelete | LibC.WatchDeleteSelf | LibC.WatchMoveSelf | LibC.WatchOnlyDirectory;

    private readonly SafeFileHandle _watch;
    private readonly SafeFileHandle _wake;
    private readonly string _directory;

    private InotifyWatcher(string directory, SafeFileHandle watch, SafeFileHandle wake)
    {
        _directory = directory;
        _watch = watch;
        _wake = wake;
    }

    /// <inheritdoc/>
    public bool IsImmediate => true;

    /// <summary>Starts watching a directory that exists.</summary>
    /// <exception cref="Core.StorageException">It does not exist, or the system grants no more watches.</exception>
    public static InotifyWatcher Open(string operation, string directory)
    {
        SafeFileHandle watch = Handle(operation, directory, LibC.CreateWatch(LibC.NonBlocking | LibC.CloseOnExec));
        SafeFileHandle? wake = null;
        bool opened = false;
        try
        {
            if (LibC.AddWatch(watch, directory, Mask) < 0)
            {
                SystemErrors.ThrowLast(operation, directory, "inotify_add_watch");
            }

            wake = Handle(operation, directory, LibC.CreateEvent(0, LibC.NonBlocking | LibC.CloseOnExec));
            opened = true;
            return new InotifyWatcher(directory, watch, wake);
        }
        finally
        {
            if (!opened)
            {
                watch.Dispose();
                wake?.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public bool Wait(TimeSpan timeout)
    {
        bool watchHeld = false;
        bool wakeHeld = false;
        try
        {
            _watch.DangerousAddRef(ref watchHeld);
            _wake.DangerousAddRef(ref wakeHeld);
            LibC.PollEntry* entries = stackalloc LibC.PollEntry[2];
            entries[0] = new LibC.PollEntry
            {
                Descriptor = (int)_watch.DangerousGetHandle(),
                Requested = LibC.PollIn,
            };
            entries[1] = new LibC.PollEntry
            {
                Descriptor = (int)_wake.DangerousGetHandle(),
                Requested = LibC.PollIn,
            };
            int ready = LibC.Poll(entries, 2, Milliseconds(timeout));
            if (ready < 0 && !SystemErrors.WasInterrupted())
            {
                SystemErrors.ThrowLast("WATCH:WAIT", _directory, "poll");
            }

            Drain(_watch);
            Drain(_wake);
            return ready != 0;
        }
        finally
        {
            if (watchHeld)
            {
                _watch.DangerousRelease();
            }

            if (wakeHeld)
            {
                _wake.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Wake()
    {
        ulong one = 1;

        // Fails only when the counter is full, and then the waiter is awake anyway.
        _ = LibC.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _wake.Dispose();
    }

    private static SafeFileHandle Handle(string operation, string directory, int descriptor)
    {
        if (descriptor < 0)
        {
            SystemErrors.ThrowLast(operation, directory, "inotify_init1");
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan
            ? -1
            : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);

    private static void Drain(SafeFileHandle handle)
    {
        byte* buffer = stackalloc byte[4096];
        while (LibC.Read(handle, buffer, 4096) > 0)
        {
        }
    }
}
