namespace Kevo.Storage.Store;

/// <summary>What the background did since opening. Written under its gate, read by any thread.</summary>
internal sealed class StoreCounters
{
    private long _flushes;
    private long _flushedBytes;
    private long _merges;
    private long _mergedBytes;

    public long Flushes => Volatile.Read(ref _flushes);

    public long FlushedBytes => Volatile.Read(ref _flushedBytes);

    public long Merges => Volatile.Read(ref _merges);

    public long MergedBytes => Volatile.Read(ref _mergedBytes);

    public void CountFlush(long bytesWritten)
    {
        Volatile.Write(ref _flushedBytes, _flushedBytes + bytesWritten);
        Volatile.Write(ref _flushes, _flushes + 1);
    }

    public void CountMerge(long bytesWritten)
    {
        Volatile.Write(ref _mergedBytes, _mergedBytes + bytesWritten);
        Volatile.Write(ref _merges, _merges + 1);
    }
}
