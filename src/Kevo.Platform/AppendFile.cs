using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>
/// A file written front to back with <c>pwrite</c>; nothing is buffered in this process. The disk is put to work on a
/// long file while it grows, so that its sync, and those of other files, do not wait behind all of it at the end.
/// </summary>
internal sealed class AppendFile(string path, SafeFileHandle file) : IAppendFile
{
    private const long WriteStride = 1 << 20;

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

    public void Sync(string operation) => LinuxFileSystem.SyncHandle(operation, Path, file);

    public void Dispose() => file.Dispose();
}
