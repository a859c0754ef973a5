using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>Appends to a simulated file.</summary>
internal sealed class SimulatedAppendFile(SimulatedFileSystem owner, SimulatedFile file, string path) : IAppendFile
{
    private readonly int _generation = owner.Generation;

    public string Path { get; } = path;

    public long Length => file.Length;

    public void Append(string operation, ReadOnlySpan<byte> bytes)
    {
        owner.RequireCurrent(_generation);
        int fitting = (int)Math.Clamp(owner.FreeBytes(), 0, bytes.Length);
        file.Append(bytes[..fitting]);
        if (fitting < bytes.Length)
        {
            throw new StorageException(StorageFault.Full, $"{operation}: {Path}: no space is left.", Path);
        }
    }

    public void Sync(string operation)
    {
        owner.RequireCurrent(_generation);
        file.Sync(0, file.Length);
    }

    public void Dispose()
    {
    }
}
