using Kevo.Core;

namespace Kevo.Storage.Log;

/// <content>
/// The stage: the open frame is put together in ordinary memory and written into its segment in long runs. Copying each
/// entry into the mapping instead costs a page fault for every page, and an interruption of the other processors for
/// every page when the sync makes it clean again. <c>docs/PERFORMANCE.md</c> has the figures. Writer's thread only.
/// </content>
public sealed partial class WriteAheadLog
{
    // A frame that outgrows the stage (one giant transaction, as a rule) goes on in the mapping: memory is bounded. It
    // has room for a batch that grows while the disk stalls (StoreOptions.GrownBatchBytes), and for what comes on top.
    private const int StageMax = 24 << 20;
    private const int StageMin = 64 << 10;

    // Bytes of a frame that are given to the disk at a time: more than a usual batch, which goes in one piece.
    private const int WriteChunk = 2 << 20;
    private const int Page = 4096;

    // As long as most syncs take: then writing goes on beside appending. A disk that takes longer is not waited for.
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(5);

    private byte[] _stage = [];
    private bool _isStaged;

    // Bytes of the file in [_frameStart, _writtenEnd) may have been written; nothing behind was.
    private long _writtenEnd;

    // Where the disk is next put to work on a frame that is still being filled.
    private long _writeNext;

    // The end of the open frame at which its header in the stage is right; 0 when it is not there.
    private long _headedEnd;

    private void BeginStaging()
    {
        _isStaged = true;
        RestartStaging();
    }

    // The frame begins at another place: nothing of it is written there.
    private void RestartStaging()
    {
        _writtenEnd = _isStaged ? _frameStart : _at;
        _writeNext = _isStaged ? FirstWhole(_frameStart) + WriteChunk : long.MaxValue;
        _headedEnd = 0;
    }

    // The place for the next bytes of the open frame.
    private Span<byte> Stage(int length)
    {
        int at = (int)(_at - _frameStart);
        if (length > _stage.Length - at && !TryGrowStage((long)at + length))
        {
            LeaveStage(at);
            return _file!.Write(_at, length);
        }

        return _stage.AsSpan(at, length);
    }

    private bool TryGrowStage(long required)
    {
        if (required > StageMax)
        {
            return false;
        }

        AwaitWriting();

        // Not from a shared pool: it is kept as long as the log is open, and a pool would keep one beside it.
        long length = Math.Min(Math.Max(Math.Max(required, StageMin), 2L * _stage.Length), StageMax);
        byte[] larger = GC.AllocateUninitializedArray<byte>((int)((length + Page - 1) & ~(long)(Page - 1)));
        _stage.AsSpan(0, Math.Min(_stage.Length, (int)(_at - _frameStart))).CopyTo(larger);
        _stage = larger;
        return true;
    }

    private void LeaveStage(int used)
    {
        AwaitWriting();

        // See TrySeal: what this frame writes must not be in the file before the frame before it is durable.
        EndSync();
        _state = LogState.Broken;
        FinishPublicationUnderWay();
        _state = LogState.Open;
        _stage.AsSpan(0, used).CopyTo(_file!.Write(_frameStart, used));
        _file.Write(_frameStart, FrameHeader.Length).Clear();
        _isStaged = false;
        _writeNext = long.MaxValue;
    }

    // The filled part of a long frame is written while the rest is appended, so that sealing and syncing wait for
    // little more than the end. The pages that hold the header are left out: its bytes are not known yet.
    private void WriteAhead()
    {
        // See TrySeal: what this frame writes must not be in the file before the frame before it is durable.
        if (!TryAwaitDisk(ShortWait))
        {
            _writeNext += WriteChunk;
            return;
        }

        long from = Math.Max(_writtenEnd, FirstWhole(_frameStart));
        long end = _at & ~(long)(Page - 1);
        _writtenEnd = end;
        _writeNext = end + WriteChunk;
        _file!.WriteBehind(
            LogOperations.WriteFrame, from, _stage.AsMemory((int)(from - _frameStart), (int)(end - from)));
    }

    // Padding, header and checksum of the frame as it stands; appending goes on over the padding.
    private void HeadStage()
    {
        if (_headedEnd == _at)
        {
            return;
        }

        FrameHeader header = HeaderOfOpenFrame();
        int used = (int)(_at - _frameStart);
        _stage.AsSpan(used, header.FrameLength - used).Clear();
        header.Seal(_stage.AsSpan(0, header.FrameLength), _active!.Header.MarkAt(_frameStart));
        _headedEnd = _at;
    }

    private void SealStaged()
    {
        // Whatever fails below takes the open frame along.
        _state = LogState.Broken;
        HeadStage();
        long written = _writtenEnd;
        long end = FrameHeader.Align(_at);
        _writtenEnd = end;
        if (written > _frameStart)
        {
            _file!.WriteThrough(LogOperations.WriteFrame, written, StagedBytes(written, end));
            end = FirstWhole(_frameStart);
        }

        _file!.WriteThrough(LogOperations.WriteFrame, _frameStart, StagedBytes(_frameStart, end));
        _file.FinishWriting();
    }

    private void AwaitWriting()
    {
        if (_writtenEnd > _frameStart)
        {
            _state = LogState.Broken;
            _file!.FinishWriting();
            _state = LogState.Open;
        }
    }

    // Before the stage or the place in the file is used for something else. The frame is being given up or moved, so
    // that an error is of no interest any more: it would come again.
    private void StopWriting()
    {
        try
        {
            _file?.FinishWriting();
        }
        catch (StorageException)
        {
            // See above.
        }
    }

    private ReadOnlySpan<byte> StagedBytes(long from, long end) =>
        _stage.AsSpan((int)(from - _frameStart), (int)(end - from));

    // Nothing after the last frame looks like an unfinished write, so that recovery can tell one.
    private void ClearFrame()
    {
        long end = _isStaged ? _writtenEnd : FrameHeader.Align(_at);
        _file!.Write(_frameStart, (int)(end - _frameStart)).Clear();
    }

    // The first page that has nothing of the header, which may lie across the end of a page.
    private static long FirstWhole(long frameStart) =>
        (frameStart + FrameHeader.Length + Page - 1) & ~(long)(Page - 1);
}
