using Kevo.Storage.Log;
using Kevo.Storage.Memtable;

namespace Kevo.Storage.Store;

/// <summary>
/// A memtable with the part of the log it points to. The segments stay mapped, and the nodes stay out of the pools,
/// until the last version that contains it, and the last flush of it, is gone. It starts with no user.
/// </summary>
internal sealed class LogMemtable(WriteAheadLog log, NodePools pools)
{
    // About a millisecond of inserting at random, after which a writer with much to do offers its processor to readers
    // that wait for one; the kernel would let them wait until its tick, 4 ms. When nobody waits, a call of 0.3 us.
    private const int EntriesInTurn = 2_000;

    private readonly List<SegmentPin> _pins = [];
    private int _references;
    private long _logBytes;
    private ulong _lastSequence;

    public MemoryTable Table { get; } = new(new LogEntryMemory(log), pools);

    /// <summary>
    /// The sequence of the newest entry; 0 when empty. Read by others only after the memtable was rotated away.
    /// </summary>
    public ulong LastSequence => Volatile.Read(ref _lastSequence);

    public bool IsEmpty => LastSequence == 0;

    /// <summary>Bytes of nodes and of the frames pointed to.</summary>
    public long Bytes => Table.NodeBytes + Volatile.Read(ref _logBytes);

    /// <summary>
    /// Counts the bytes of a frame whose entries are about to be inserted. Writer's thread only.
    /// </summary>
    public void Expect(long frameBytes) => Volatile.Write(ref _logBytes, _logBytes + frameBytes);

    /// <summary>
    /// Adds entries of a sealed or replayed frame, from a sequence on. Writer's thread only.
    /// </summary>
    /// <param name="frame">The frame; stands behind the last entry added afterwards.</param>
    /// <param name="fromSequence">Entries below are left out.</param>
    /// <param name="atMost">How many entries to add.</param>
    public void Insert(ref FrameReader frame, ulong fromSequence, int atMost)
    {
        ulong last = LastSequence;
        int turn = 0;
        while (atMost > 0 && frame.TryRead(out Core.WalEntry entry, out LogAddress address))
        {
            last = entry.Sequence;
            if (last < fromSequence)
            {
                continue;
            }

            atMost--;

            // A frame lies in one segment.
            if (_pins.Count == 0 || _pins[^1].SegmentId != address.SegmentId)
            {
                _pins.Add(log.Pin(address));
            }

            Table.Insert(address.Value);
            if (++turn == EntriesInTurn)
            {
                turn = 0;
                _ = Thread.Yield();
            }
        }

        Volatile.Write(ref _lastSequence, last);
    }

    /// <summary>Adds a user. The caller is one, or holds a version that is.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Takes a user away; the last one gives nodes and segments back.</summary>
    public void RemoveReference()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Table.Clear();
            foreach (SegmentPin pin in _pins)
            {
                // What is read of it from now on is read once, by those who follow this node.
                pin.ReleaseMemory();
                pin.Dispose();
            }
        }
    }
}
