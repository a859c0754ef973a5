namespace Kevo.Storage.Log;

/// <summary>Sees every intact frame while a log is read through.</summary>
internal interface IFrameVisitor
{
    /// <summary>Called once per frame, in order; <paramref name="frame"/> lives until it returns.</summary>
    void Visit(in SegmentHeader segment, long offset, in FrameHeader header, ReadOnlySpan<byte> frame);
}
