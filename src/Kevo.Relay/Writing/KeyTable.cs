using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Relay.Writing;

/// <summary>
/// The live keys that a history leads to, in order, all in memory: what a replica of that history must hold. Not
/// thread-safe.
/// </summary>
public sealed class KeyTable
{
    private readonly SortedDictionary<byte[], byte[]> _keys = new(ByteKeyComparer.Instance);

    /// <summary>The last position applied.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>Live keys.</summary>
    public int Count => _keys.Count;

    /// <summary>The live keys with their values, in ascending unsigned byte order.</summary>
    public IReadOnlyDictionary<byte[], byte[]> Keys => _keys;

    /// <summary>Builds the table of everything durable in the current epoch of a log.</summary>
    /// <exception cref="RetentionException">The beginning of the epoch is deleted.</exception>
    /// <exception cref="StorageException">The log is damaged.</exception>
    public static KeyTable Replay(ILogSource log, CancellationToken cancellationToken = default)
    {
        var table = new KeyTable();
        ulong epoch = log.Durable.Epoch;
        if (epoch == 0)
        {
            return table;
        }

        using ILogCursor cursor = log.OpenCursor(new LogPosition(epoch, 1));
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                table.Apply(in entry, epoch);
            }
        }

        return table;
    }

    /// <summary>Applies one entry; key and value are copied.</summary>
    public void Apply(in WalEntry entry, ulong epoch)
    {
        byte[] key = entry.Key.ToArray();
        if (entry.Operation == Operation.Delete)
        {
            _keys.Remove(key);
        }
        else
        {
            _keys[key] = entry.Value.ToArray();
        }

        Position = new LogPosition(epoch, entry.Sequence);
    }
}
