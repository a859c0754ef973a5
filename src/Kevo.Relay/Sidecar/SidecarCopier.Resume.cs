using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Log;

namespace Kevo.Relay.Sidecar;

/// <content>Coming back: from the place noted last to the end of the log, comparing what was copied.</content>
public sealed partial class SidecarCopier
{
    // A database's first write has this number; a file that begins above it is not the first.
    private const ulong FirstStockSequence = 1;

    private void Resume(CancellationToken cancellationToken)
    {
        SidecarState? state = SidecarState.Read(_fileSystem, _options.Directory);
        if (_log.Durable.Epoch == 0)
        {
            _log.BeginEpoch(new LogPosition(1, 0));
        }

        LogPosition durable = _log.Durable;
        _sequence = durable.Sequence;
        if (state is null)
        {
            ResumeWithoutState(durable, cancellationToken);
        }
        else
        {
            ResumeFrom(state, durable, cancellationToken);
        }

        _writtenAt = _clock.Now;
        SidecarMessages.Started(_logger, _directory.Path, _tail.File, _tail.EndOffset, durable);
    }

    /// <summary>Nothing was noted yet: the log begins with the first entry of the first file.</summary>
    private void ResumeWithoutState(LogPosition durable, CancellationToken cancellationToken)
    {
        if (durable.Sequence > 0)
        {
            Compare(0, durable, cancellationToken);
        }
        else
        {
            RequireWholeHistory();
        }
    }

    /// <summary>
    /// Refuses to begin with a directory whose oldest log files are gone: what they held is only in its tables.
    /// </summary>
    private void RequireWholeHistory()
    {
        IReadOnlyList<StockWalFile> files = _directory.WalFiles(includeBackups: true);
        bool tables = _directory.TablePaths().Count > 0;
        bool beginsLate = false;
        if (files.Count > 0)
        {
            using StockWalReader reader = StockWalReader.Open(_fileSystem, files[0].Path);
            beginsLate = reader.MoveNext() && reader.Entry.Sequence > FirstStockSequence;
        }

        if (beginsLate || (files.Count == 0 && tables))
        {
            throw new RetentionException(
                $"The oldest log files of {_directory.Path} are gone, so that its history cannot be copied from "
                + "the beginning. "
                + "Follow this primary over its replication port, or begin with a directory that holds its whole log.");
        }
    }

    private void ResumeFrom(SidecarState state, LogPosition durable, CancellationToken cancellationToken)
    {
        if (state.Position.Epoch != durable.Epoch || state.Position.Sequence > durable.Sequence)
        {
            throw new StorageException(
                StorageFault.Corrupt,
                $"The sidecar directory {_options.Directory} contradicts itself: it notes {state.Position}, but "
                + "its log ends at "
                + $"{durable}. Parts of it were restored or deleted; begin again with an empty directory.",
                _options.Directory);
        }

        _tail.Seek(state.File, state.Offset);
        CheckTail(state);
        _written = state;
        _file = state.File;
        _groupFile = state.File;
        _offset = state.Offset;
        _groupEnd = state.Offset;
        if (state.Position.Sequence < durable.Sequence)
        {
            Compare(state.Position.Sequence, durable, cancellationToken);
        }
    }

    private void CheckTail(SidecarState state)
    {
        string path = FindFile(state.File)!;
        using IRandomReadFile file = _fileSystem.OpenRead("SIDECAR:TAIL", path);
        if (SidecarState.TailChecksumOf(file, state.Offset) != state.TailChecksum)
        {
            throw new DivergenceException(
                $"{path} no longer holds before offset {state.Offset} what was copied from there: the stock "
                + "directory was "
                + "replaced, restored or lost writes in a power failure. Nothing was overwritten; begin again with "
                + "an empty "
                + "sidecar directory if the new contents are meant.");
        }
    }

    /// <summary>
    /// Reads the transactions behind a position again from the stock files; they must equal the log's.
    /// </summary>
    private void Compare(ulong after, LogPosition durable, CancellationToken cancellationToken)
    {
        using LogCursor cursor = _log.OpenCursor(new LogPosition(durable.Epoch, after + 1));
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            _options.Progress?.Report(new WorkProgress(
                "comparing with stock's log",
                (long)(cursor.LastPosition.Sequence - Math.Min(cursor.LastPosition.Sequence, after)),
                (long)(durable.Sequence - after)));
            while (cursor.TryReadEntry(out WalEntry held))
            {
                if (held.Sequence > after)
                {
                    CompareNext(held);
                }
            }
        }

        _tail.CloseTransaction();
        _file = _tail.File;
        _groupFile = _tail.File;
        _offset = _tail.EndOffset;
        _groupEnd = _tail.EndOffset;
        SidecarMessages.Compared(_logger, durable.Sequence - after);
    }

    private void CompareNext(in WalEntry held)
    {
        bool equal = TryReadServable()
            && _tail.Entry.Operation == held.Operation
            && _tail.Entry.Key.SequenceEqual(held.Key)
            && _tail.Entry.Value.SequenceEqual(held.Value);
        if (!equal)
        {
            throw new DivergenceException(
                $"Transaction {held.Sequence} of the sidecar's log is not what {_tail.File} holds before offset "
                + $"{_tail.EndOffset}: the stock files were changed after they were copied. Nothing was "
                + "overwritten; begin "
                + "again with an empty sidecar directory if the new contents are meant.");
        }
    }

    /// <summary>Moves to the next entry that was copied; false when the files end before.</summary>
    private bool TryReadServable()
    {
        bool assumed = false;
        while (true)
        {
            switch (_tail.Next())
            {
                case TailStep.Entry when WhyUnservable(_tail.Entry) is null:
                    return true;
                case TailStep.Idle when assumed && _tail.LookAgain is null:
                    return false;
                case TailStep.Idle:
                    ReportDamage();
                    assumed = true;
                    _tail.AssumeSettled();
                    break;
                default:
                    // Entries that were left out, and ends of transactions, which the log knows better.
                    break;
            }
        }
    }
}
