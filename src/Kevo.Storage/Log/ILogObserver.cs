namespace Kevo.Storage.Log;

/// <summary>
/// Hears what the log does, for metrics. Called on the thread that did it, in the middle of the data path: an
/// implementation is quick, allocates nothing and never throws.
/// </summary>
public interface ILogObserver
{
    /// <summary>A frame became durable.</summary>
    /// <param name="entries">Entries in it.</param>
    /// <param name="bytes">Bytes of the frame.</param>
    /// <param name="duration">How long the sync took, without the appends before it.</param>
    void FrameSynced(int entries, int bytes, TimeSpan duration);

    /// <summary>A segment became part of the log.</summary>
    /// <param name="segmentId">Its id.</param>
    /// <param name="bytes">Bytes allocated for it.</param>
    void SegmentPublished(uint segmentId, long bytes);

    /// <summary>A segment was removed from the log.</summary>
    /// <param name="segmentId">Its id.</param>
    /// <param name="bytes">Bytes of its file.</param>
    void SegmentDeleted(uint segmentId, long bytes);
}
