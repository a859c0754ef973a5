namespace Kevo.Storage.Log;

/// <summary>
/// Keeps one segment mapped for as long as it is not disposed. Disposing twice does nothing. Thread-safe.
/// </summary>
public sealed class SegmentPin : IDisposable
{
    private readonly WriteAheadLog _log;
    private Segment? _segment;

    internal SegmentPin(WriteAheadLog log, Segment segment)
    {
        _log = log;
        _segment = segment;
        SegmentId = segment.Id;
    }

    /// <summary>The segment it keeps.</summary>
    public uint SegmentId { get; }

    /// <summary>Hands the segment's memory back to the system; addresses in it stay readable.</summary>
    public void ReleaseMemory()
    {
        if (Volatile.Read(ref _segment) is { } segment)
        {
            segment.Mapping.Release(0, segment.Mapping.Length);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _segment, null) is { } segment)
        {
            _log.Unpin(segment);
        }
    }
}
