using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>A file written front to back with <c>pwrite</c>; nothing is buffered in this process.</summary>
internal sealed class AppendFile(string path, SafeFileHandle file) : IAppendFile
{
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
    }

    public void Sync(string operation) => LinuxFileSystem.SyncHandle(operation, Path, file);

    public void Dispose() => file.Dispose();
}
