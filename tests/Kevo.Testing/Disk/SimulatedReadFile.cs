using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>Reads a simulated file.</summary>
internal sealed class SimulatedReadFile(SimulatedFileSystem owner, SimulatedFile file, string path) : IRandomReadFile
{
    private readonly int _generation = owner.Generation;

    public string Path { get; } = path;

    public long Length => file.Length;

    public int Read(string operation, long offset, Span<byte> destination)
    {
        owner.RequireCurrent(_generation);
        int count = (int)Math.Clamp(file.Length - offset, 0, destination.Length);
        foreach ((long start, long length) in file.Unreadable)
        {
            if (offset < start + length && start < offset + count)
            {
                throw new StorageException(
                    StorageFault.InputOutput, $"{operation}: {Path}: bytes from {start} cannot be read.", Path);
            }
        }

        file.Data.AsSpan((int)Math.Min(offset, file.Length), count).CopyTo(destination);
        return count;
    }

    public void Dispose()
    {
    }
}
