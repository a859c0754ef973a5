using Kevo.Core;

namespace Kevo.Storage.Store;

/// <content>
/// The writer's pace: full memtables make room for new ones, and a writer that is ahead helps the background.
/// </content>
public sealed partial class ReplicaStore
{
    // How long the writer waits for a background step that another thread is in before it looks how far that one got.
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(1);

    // The most the writer spends on background work, or on waiting for it, between two batches, unless memory is used
    // up. What is left of its share is added to the next.
    private static readonly TimeSpan LongestHelp = TimeSpan.FromMilliseconds(10);

    private long _bytesSinceHelp;
    private long _helpOwed;

    /// <summary>Helps the background when it has fallen behind, and waits for it when memory is used up.</summary>
    private void KeepPace()
    {
        StoreVersion version = _context.Versions.Current;
        long work = Pacing.WorkFor(_bytesSinceHelp, version.Memtables.Length - 1, version.Runs.Length);
        _bytesSinceHelp = 0;
        _helpOwed = work == 0 ? 0 : _helpOwed + work;
        if (_helpOwed > 0)
        {
            Help();
        }

        // Reached only when flushing fails or the disk stands still: then the error, or waiting, is all that is left.
        if (IsFull(version.Memtables[0]))
        {
            while (_context.Versions.Current.Memtables.Length >= StoreOptions.MemtablesMax)
            {
                EndSync();
                RunStep();
            }
        }
    }

    /// <summary>
    /// Sees to it that the background gets ahead by what the writer owes: by doing it, or by waiting while another
    /// thread does.
    /// </summary>
    private void Help()
    {
        long step = Math.Max(_options.StepBytes / 4, 1);
        long until = _maintenance.Copied + _helpOwed;
        long started = _context.Time.GetTimestamp();
        bool hasWork = true;
        while (hasWork && _maintenance.Copied < until && _context.Time.GetElapsedTime(started) < LongestHelp)
        {
            if (_work.TryEnter(ShortWait))
            {
                hasWork = HelpOnce(step);
            }
        }

        _helpOwed = hasWork ? Math.Max(until - _maintenance.Copied, 0) : 0;
    }

    /// <summary>
    /// Copies entries on the background's behalf, and leaves the gate; what waits for the disk is not done here. False
    /// when there is nothing to copy.
    /// </summary>
    private bool HelpOnce(long budget)
    {
        try
        {
            return WorkUnderGate(budget, copyOnly: true);
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed)
        {
            // Helping is a favour. BackgroundFailure tells of the error, the background's owner meets it in its own
            // next step, and it becomes the writer's only when memory is used up.
            return false;
        }
        finally
        {
            _work.Exit();
        }
    }

    private bool IsFull(LogMemtable memtable) =>
        !memtable.IsEmpty && (memtable.Bytes >= _options.MemtableBytes || !memtable.Table.HasRoom);

    /// <summary>
    /// Begins a new memtable when the active one is full. Nothing in that one may be invisible: only then can it be
    /// flushed.
    /// </summary>
    private void RotateIfFull()
    {
        LogMemtable[] memtables = _context.Versions.Current.Memtables;
        if (IsFull(memtables[0]) && memtables.Length < StoreOptions.MemtablesMax)
        {
            Rotate();
        }
    }

    private void Rotate()
    {
        _context.Versions.Rotate(NewMemtable());
        _trimmer.Mark(Visible);
        WorkArose?.Invoke();
    }
}
