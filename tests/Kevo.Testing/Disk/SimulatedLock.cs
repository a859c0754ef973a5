namespace Kevo.Testing.Disk;

/// <summary>A held directory lock; means nothing after a crash.</summary>
internal sealed class SimulatedLock(SimulatedFileSystem owner, string path) : IDisposable
{
    private readonly int _generation = owner.Generation;

    public void Dispose() => owner.Unlock(path, _generation);
}
