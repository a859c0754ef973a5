using Kevo.Core;

namespace Kevo.Storage.Log;

/// <content>The beginning of an epoch.</content>
public sealed partial class WriteAheadLog
{
    /// <summary>
    /// Begins a new history: durable from here on is <paramref name="start"/>, and the next transaction is
    /// the one after it. A segment for the epoch is published before this returns, so that the beginning survives a
    /// crash. Segments of earlier epochs stay until <see cref="DeleteBelow"/> removes them, but no cursor enters
    /// them any more. Writer's thread only.
    /// </summary>
    /// <param name="start">
    /// The new epoch, above the current one, and the sequence up to which history is held elsewhere (0: the epoch
    /// begins with transaction 1). An owner with a checkpoint makes that durable first, at this very position.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A frame is open, or the epoch is not above the current one.
    /// </exception>
    /// <exception cref="StorageException">
    /// No segment could be made; discard and try again when the cause is gone.
    /// </exception>
    public void BeginEpoch(LogPosition start) => BeginEpoch(start, []);

    /// <summary>
    /// The same, with the last transaction up to <paramref name="start"/> in the new segment, so that the log begins
    /// with it: whoever follows on can compare it. Both appear at once.
    /// </summary>
    /// <param name="start">As above.</param>
    /// <param name="last">
    /// The payloads of the operations of transaction <paramref name="start"/>, in order; none when they are not at
    /// hand.
    /// </param>
    /// <exception cref="InvalidOperationException">As above.</exception>
    /// <exception cref="StorageException">As above, or the transaction does not fit one frame.</exception>
    internal void BeginEpoch(LogPosition start, IReadOnlyList<byte[]> last)
    {
        if (_state != LogState.NoEpoch)
        {
            RequireState(LogState.Open);
        }

        if (_failure is not null || _count > 0)
        {
            throw NotReady();
        }

        EndSync();
        if (start.Epoch <= _epoch.Epoch)
        {
            throw new InvalidOperationException($"Epoch {start.Epoch} cannot follow epoch {_epoch.Epoch}.");
        }

        long used = 0;
        foreach (byte[] payload in last)
        {
            used += FrameHeader.EntryPrefixLength + payload.Length;
        }

        long frame = used == 0 ? 0 : FrameHeader.Align(FrameHeader.Length + used);
        long required = SegmentHeader.Length + frame + FrameHeader.Length;
        if (required > LogOptions.MaxFrameLength)
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                $"Transaction {start} does not fit one frame of {LogOptions.MaxFrameLength} bytes.",
                _options.Directory);
        }

        _pending = required <= _options.SegmentSize ? TakeSpare() : CreateSpare(GrownSize(required));
        _at = SegmentHeader.Length + frame;
        PublishPending(start.Epoch, used == 0 ? checked(start.Sequence + 1) : start.Sequence, last);
        _epoch = new EpochState(start.Epoch, start.Sequence);
        OpenFrame();
        _waiters.Advance(start);
        LogMessages.EpochBegan(_logger, _options.Directory, start);
    }
}
