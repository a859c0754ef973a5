using System.Globalization;
using Kevo.Core;

namespace Kevo.Storage.Store;

/// <summary>
/// The open snapshots, by age: enforces how many there may be and how long each may be used. Thread-safe.
/// </summary>
internal sealed class SnapshotRegistry(int maxCount, TimeSpan maxAge, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<StoreSnapshot> _open = new();

    /// <summary>Snapshots open now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>When the next snapshot gets too old; null when none is open that still may be used.</summary>
    public TimeSpan? UntilNextExpiry
    {
        get
        {
            lock (_gate)
            {
                for (LinkedListNode<StoreSnapshot>? node = _open.First; node is not null; node = node.Next)
                {
                    if (!node.Value.IsExpired)
                    {
                        TimeSpan left = maxAge - time.GetElapsedTime(node.Value.OpenedAt);
                        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
                    }
                }

                return null;
            }
        }
    }

    /// <summary>Opens a snapshot.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.LimitExceeded"/>: too many are open.</exception>
    public StoreSnapshot Open(VersionSet versions)
    {
        lock (_gate)
        {
            if (_open.Count >= maxCount)
            {
                throw new StorageException(StorageFault.LimitExceeded, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_open.Count} snapshots are open, which is the limit. Finish or cancel some first."));
            }

            StoreVersion version = versions.Acquire(out LogPosition position);
            var snapshot = new StoreSnapshot(this, version, position, time.GetTimestamp());
            snapshot.Registration = _open.AddLast(snapshot);
            return snapshot;
        }
    }

    /// <summary>Makes an open snapshot the youngest, unless it is too old already.</summary>
    public void Renew(StoreSnapshot snapshot)
    {
        lock (_gate)
        {
            if (!snapshot.IsExpired && snapshot.Registration is { List: not null } registration)
            {
                snapshot.OpenedAt = time.GetTimestamp();
                _open.Remove(registration);
                _open.AddLast(registration);
            }
        }
    }

    /// <summary>
    /// Ends the use of snapshots that are too old: their next call fails, so that their holders let go of them.
    /// </summary>
    public void ExpireOld()
    {
        lock (_gate)
        {
            for (LinkedListNode<StoreSnapshot>? node = _open.First; node is not null; node = node.Next)
            {
                if (time.GetElapsedTime(node.Value.OpenedAt) < maxAge)
                {
                    return;
                }

                node.Value.Expire();
            }
        }
    }

    /// <summary>The error for a snapshot that is too old.</summary>
    public StorageException TooOld(LogPosition position) => new(StorageFault.LimitExceeded, string.Create(
        CultureInfo.InvariantCulture,
        $"The snapshot at {position} is older than {maxAge.TotalSeconds:0.###} s, the limit. Open a new one."));

    internal void Close(LinkedListNode<StoreSnapshot> registration)
    {
        lock (_gate)
        {
            _open.Remove(registration);
        }
    }
}
