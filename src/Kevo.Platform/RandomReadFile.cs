using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>Positioned reads with <c>pread</c>, which takes no lock and moves no file pointer.</summary>
internal sealed class RandomReadFile(string path, SafeFileHandle file) : IRandomReadFile
{
    public string Path { get; } = path;

    public long Length => LinuxFileSystem.LengthOf("FILE:LENGTH", Path, file);

    public int Read(string operation, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int total = 0;
        while (total < destination.Length)
        {
            int read = LinuxFileSystem.ReadAt(operation, Path, file, offset + total, destination[total..]);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Dispose() => file.Dispose();
}
