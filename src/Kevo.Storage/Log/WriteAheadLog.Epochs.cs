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
    public void BeginEpoch(LogPosition start)
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

        _pending = TakeSpare();
        _at = SegmentHeader.Length;
        PublishPending(start.Epoch, checked(start.Sequence + 1));
        _epoch = new EpochState(start.Epoch, start.Sequence);
        OpenFrame();
        _waiters.Advance(start);
        LogMessages.EpochBegan(_logger, _options.Directory, start);
    }
}
