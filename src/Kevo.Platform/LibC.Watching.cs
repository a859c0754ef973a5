using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <content>
/// The calls of <see cref="Watching.InotifyWatcher"/>. <c>struct pollfd</c> (int, short, short) is the same on every
/// Linux; the events read from an inotify handle are only drained, never looked into.
/// </content>
internal static unsafe partial class LibC
{
    internal const int NonBlocking = 0x800;

    internal const uint WatchModify = 0x2;
    internal const uint WatchMovedFrom = 0x40;
    internal const uint WatchMovedTo = 0x80;
    internal const uint WatchCreate = 0x100;
    internal const uint WatchDelete = 0x200;
    internal const uint WatchDeleteSelf = 0x400;
    internal const uint WatchMoveSelf = 0x800;
    internal const uint WatchOnlyDirectory = 0x01000000;

    internal const short PollIn = 1;

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int CreateWatch(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int AddWatch(SafeFileHandle watch, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle file, byte* buffer, nuint count);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Requested;
        internal short Returned;
    }
}
