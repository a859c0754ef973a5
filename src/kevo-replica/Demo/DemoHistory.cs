using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Replica.Demo;

/// <summary>
/// One side's history as far as a comparison needs it: a checksum per sequence (8 bytes each) and, per live key, a
/// checksum of its value. Not thread-safe.
/// </summary>
internal sealed class DemoHistory
{
    private readonly List<ulong> _sequences = [];
    private readonly Dictionary<string, ulong> _keys = new(StringComparer.Ordinal);
    private readonly XxHash3 _transaction = new();

    /// <summary>The first sequence, once there is one.</summary>
    public ulong First { get; private set; }

    /// <summary>The last sequence; 0 before the first.</summary>
    public ulong Last => _sequences.Count == 0 ? 0 : First + (ulong)_sequences.Count - 1;

    /// <summary>Entries in all sequences.</summary>
    public long Entries { get; private set; }

    /// <summary>Checksums by sequence, from <see cref="First"/> on.</summary>
    public ReadOnlySpan<ulong> Sequences => CollectionsMarshal.AsSpan(_sequences);

    /// <summary>Checksums of values by key.</summary>
    public IReadOnlyDictionary<string, ulong> Keys => _keys;

    /// <summary>Reads a log from its beginning to its durable end.</summary>
    public static DemoHistory Read(ILogSource log)
    {
        var history = new DemoHistory();
        if (log.First == LogPosition.None)
        {
            return history;
        }

        LogPosition end = log.Durable;
        using ILogCursor cursor = log.OpenCursor(log.First);
        while (history.Last < end.Sequence && cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                history.Add(in entry);
            }
        }

        history.Complete();
        return history;
    }

    /// <summary>Reads a replica's data directory: the sequences from its log, the keys from its store.</summary>
    /// <exception cref="StorageException">The directory is damaged, or in use by a process that still runs.</exception>
    public static DemoHistory Read(string directory, TimeProvider time)
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory =
                directory, LogRetentionBytes = long.MaxValue }, LinuxFileSystem.Instance, time);
        DemoHistory history = Read(store.Log);
        history._keys.Clear();
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan([], []);
        while (cursor.MoveNext())
        {
            history.Change(cursor.Key, XxHash3.HashToUInt64(cursor.Value));
        }

        return history;
    }

    /// <summary>Adds an entry; those of one sequence follow each other.</summary>
    /// <exception cref="ProtocolException">The sequence is not the last one or the next.</exception>
    public void Add(in WalEntry entry)
    {
        if (entry.Sequence != _open)
        {
            Complete();
            if (First == 0)
            {
                First = entry.Sequence;
            }
            else if (entry.Sequence != Last + 1)
            {
                throw new ProtocolException($"Sequence {entry.Sequence} follows {Last}.");
            }

            _open = entry.Sequence;
        }

        Entries++;
        _transaction.Append(entry.Payload);
        Change(entry.Key, entry.Operation == Operation.Delete ? null : XxHash3.HashToUInt64(entry.Value));
    }

    /// <summary>Ends the last sequence; nothing of it may follow.</summary>
    public void Complete()
    {
        if (_open != 0)
        {
            _sequences.Add(_transaction.GetCurrentHashAsUInt64());
            _transaction.Reset();
            _open = 0;
        }
    }

    private ulong _open;

    private void Change(ReadOnlySpan<byte> key, ulong? checksum)
    {
        string name = Encoding.Latin1.GetString(key);
        if (checksum is { } value)
        {
            _keys[name] = value;
        }
        else
        {
            _keys.Remove(name);
        }
    }
}
