using System.Runtime.InteropServices;
using Kevo.Core;
using Kevo.Core.Testing;

namespace Kevo.Storage.Log;

/// <content>
/// The frame that the disk is at work on while the next is put together. One at a time; its bytes are in the file
/// already, and none of the next frame's are before it is durable. Writer's thread only.
/// </content>
public sealed partial class WriteAheadLog
{
    private bool _isSyncing;
    private SealedFrame _syncing;
    private Segment? _syncingIn;

    private long _syncedFrames;
    private long _syncedEntries;
    private long _syncedBytes;

    /// <summary>How long the disk took for the frame that became durable last. Writer's thread only.</summary>
    public TimeSpan LastSyncDuration { get; private set; }

    /// <summary>
    /// Ends the open frame and lets the disk begin with it; the next frame can be filled meanwhile. Durable when
    /// <see cref="EndSync"/> or <see cref="Sync"/> has returned, not before; so is every frame before it. Waits for the
    /// frame before, if that is still under way. Does nothing when nothing was appended.
    /// </summary>
    /// <exception cref="StorageException">As for <see cref="Sync"/>, for this frame or the one before.</exception>
    public void BeginSync()
    {
        if (!TrySeal())
        {
            return;
        }

        TakeSealed();
        _file!.SyncBehind(LogOperations.SyncFrame, _syncing.Start, SyncedLength());
        _isSyncing = true;
        if (PlantedBugs.Has(PlantedBug.DurableBeforeSyncEnds))
        {
            CompleteSync();
        }

        OpenFrame();
    }

    /// <summary>Whether a frame is under way that <see cref="EndSync"/> has not met. Writer's thread only.</summary>
    public bool IsSyncing => _isSyncing;

    /// <summary>
    /// Waits, but not for long, for what <see cref="BeginSync"/> would wait for: the frame before, which is durable
    /// then as after <see cref="EndSync"/>, and the segment that the open frame begins, whose publication is started
    /// here. While the disk is at work the checksum of the open frame is computed first, which takes a few milliseconds
    /// for the longest. Writer's thread only.
    /// </summary>
    /// <param name="atMost">How long to wait, for either of the two.</param>
    /// <returns>Whether <see cref="BeginSync"/> would return without waiting for the disk.</returns>
    /// <exception cref="StorageException"><see cref="StorageFault.SyncFailed"/>: final.</exception>
    public bool TryAwaitSync(TimeSpan atMost)
    {
        // While the disk is at work there is time for the checksum. In a segment that is still to be published the
        // frame's place is not known.
        if (_isSyncing && _pending is null && _isStaged && _count > 0 && _state == LogState.Open)
        {
            HeadStage();
        }

        return TryAwaitDisk(atMost);
    }

    private bool TryAwaitDisk(TimeSpan atMost)
    {
        if (_isSyncing)
        {
            if (!_active!.Mapping.TryAwaitSync(atMost))
            {
                return false;
            }

            EndSync();
        }

        if (_pending is null || _count == 0 || _state != LogState.Open)
        {
            return true;
        }

        if (_publication is null)
        {
            BeginPublication();
        }

        return _publication!.TryAwait(atMost);
    }

    /// <summary>
    /// Returns when the frame of the last <see cref="BeginSync"/> is durable; <see cref="Durable"/> has moved then. The
    /// open frame is not touched.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageFault.SyncFailed"/>: final.</exception>
    public void EndSync()
    {
        if (_failure is not null)
        {
            throw Failed();
        }

        if (!_isSyncing)
        {
            return;
        }

        _isSyncing = false;
        try
        {
            LastSyncDuration = _active!.Mapping.FinishSyncing();
        }
        catch (StorageException failed)
        {
            throw Latch(failed);
        }

        CompleteSync();
    }

    /// <summary>
    /// The frame of the last <see cref="BeginSync"/>, in its segment, from where a reader of it had got to. Valid until
    /// the next <see cref="Seal"/>, <see cref="Sync"/> or <see cref="BeginSync"/>.
    /// </summary>
    internal FrameReader ReadBegun(FramePlace from) =>
        new(_syncingIn!.Mapping.Read(_syncing.Start, _syncing.Length), _syncingIn.Id, _syncing.Start, from);

    private void TakeSealed()
    {
        int length = (int)(FrameHeader.Align(_at) - _frameStart);
        _syncing = new SealedFrame(_frameStart, length, _count, _lastSequence);
        _syncingIn = _active;
    }

    private int SyncedLength() => PlantedBugs.Has(PlantedBug.FrameSyncTooShort)
        ? Math.Max(_syncing.Length - 4096, 0)
        : _syncing.Length;

    private void CompleteSync()
    {
        ref readonly SealedFrame frame = ref _syncing;
        _active!.Advance(frame.End, frame.LastSequence);
        _epoch.Advance(frame.LastSequence);
        Volatile.Write(ref _syncedFrames, _syncedFrames + 1);
        Volatile.Write(ref _syncedEntries, _syncedEntries + frame.Entries);
        Volatile.Write(ref _syncedBytes, _syncedBytes + frame.Length);
        _waiters.Advance(_epoch.Durable);
        _observer?.FrameSynced(frame.Entries, frame.Length, LastSyncDuration);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct SealedFrame(long Start, int Length, int Entries, ulong LastSequence)
    {
        internal long End => Start + Length;
    }
}
