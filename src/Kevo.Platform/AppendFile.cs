using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>
/// A file written front to back with <c>pwrite</c>; nothing is buffered in this process. The disk is put to work on a
/// long file while it grows, so that its sync, and those of other files, do not wait behind all of it at the end.
/// </summary>
internal sealed class AppendFile(string path, SafeFileHandle file) : IAppendFile
{
    private const long WriteStride = 1 << 20;

    // Of the bytes up to the first the disk has done its part; on those up to the second it is at work.
    private long _done;
    private long _started;

    public string Path { get; } = path;

    public long Length { get; private set; }

    public void Append(string operation, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = LinuxFileSystem.WriteAt(operation, Path, file, Length, bytes);
            Length += written;
            bytes = bytes[written..];
        }

        if (Length - _started >= WriteStride)
        {
            // A hint; an error shows in the sync that must follow.
            _ = LibC.StartWriting(file, _started, Length - _started, LibC.StartWriteOnly);
            _started = Length;
        }
    }

    public void AwaitWriting(string operation, long most)
    {
        long end = _started - most;
        if (end <= _done)
        {
            return;
        }

        while (LibC.StartWriting(file, _done, end - _done, LibC.AwaitWrite) != 0)
        {
            // An error of the disk shows once, here or in the sync.
            if (SystemErrors.WasOfDisk())
            {
                throw SystemErrors.SyncFailed(operation, Path, "sync_file_range");
            }

            if (!SystemErrors.WasInterrupted())
            {
                // A kernel without this call, or one that does not allow it: the sync waits for everything.
                break;
            }
        }

        _done = end;
    }

    public void Sync(string operation) => LinuxFileSystem.SyncHandle(operation, Path, file);

    public void Dispose() => file.Dispose();
}
