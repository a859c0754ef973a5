using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using Kevo.Core;

namespace Kevo.Storage.Log;

/// <content>Reading: cursors by position, and single entries by address.</content>
public sealed partial class WriteAheadLog
{
    /// <summary>
    /// Opens a cursor whose first batch contains <paramref name="from"/>, or the first position after it that is
    /// yet to come. Sequence 0 means the first of the epoch. Segments it has not left yet are not deleted. Any
    /// thread.
    /// </summary>
    /// <exception cref="RetentionException">The position is below <see cref="First"/>.</exception>
    /// <exception cref="DivergenceException">
    /// The position is in another epoch, or beyond the end of this one.
    /// </exception>
    public LogCursor OpenCursor(LogPosition from)
    {
        ulong sequence = Math.Max(from.Sequence, 1);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_state == LogState.Disposed, this);
            EpochState epoch = _epoch;
            LogPosition durable = epoch.Durable;
            if (from.Epoch != durable.Epoch || sequence > durable.Sequence + 1)
            {
                throw new DivergenceException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Position {from} is not part of this log, which ends at {durable}. Resynchronise from a current "
                    + $"position."));
            }

            Segment segment = _segments.FindHolder(epoch.Epoch, sequence) ?? throw new RetentionException(string.Create(
                CultureInfo.InvariantCulture,
                $"Position {from} is no longer held; the log begins with sequence "
                + $"{_segments.FirstSequenceOf(epoch.Epoch)} of epoch {epoch.Epoch}. Resynchronise from a snapshot."));
            segment.References++;
            segment.Cursors++;
            return new LogCursor(this, segment, sequence);
        }
    }

    /// <inheritdoc/>
    ILogCursor ILogSource.OpenCursor(LogPosition from) => OpenCursor(from);

    /// <summary>
    /// The entry at an address that a <see cref="FrameReader"/> or a cursor gave. Valid while the caller pins the
    /// segment. Any thread, no lock.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The segment is not mapped: it was deleted and nobody pinned it.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WalEntry ReadEntry(LogAddress address)
    {
        Segment segment = _segments.Find(address.SegmentId) ?? throw NotMapped(address);
        long offset = address.Offset;
        int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(
            segment.Mapping.Read(offset - FrameHeader.EntryPrefixLength, FrameHeader.EntryPrefixLength));
        return WalEntry.FromVerified(segment.Mapping.Read(offset, length));
    }

    /// <summary>
    /// Bytes that begin with the payload at an address and reach at least to its end; only the payload may be
    /// touched. For an index that compares keys and finds the length in the payload itself. Conditions as for
    /// <see cref="ReadEntry"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> ReadFrom(LogAddress address) =>
        (_segments.Find(address.SegmentId) ?? throw NotMapped(address)).Mapping.ReadToEnd(address.Offset);

    // Moves a cursor on to the next segment.
    internal void MoveCursor(Segment from, Segment to)
    {
        bool isFree;
        lock (_gate)
        {
            to.References++;
            to.Cursors++;
            from.Cursors--;
            isFree = ReleaseReference(from);
        }

        UnmapIf(isFree, from);
    }

    internal void CloseCursor(Segment segment)
    {
        bool isFree;
        lock (_gate)
        {
            segment.Cursors--;
            isFree = ReleaseReference(segment);
        }

        UnmapIf(isFree, segment);
    }

    private static InvalidOperationException NotMapped(LogAddress address) =>
        new($"The segment of address {address} is not mapped; it was not pinned.");
}
