using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>Who needs which history. Thread-safe.</summary>
internal sealed class ReplicaRegistry(TimeSpan keep, TimeProvider time)
{
    // A hostile client that invents names must not fill memory; beyond this the replica heard of longest ago is
    // dropped.
    private const int MaxReplicas = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownReplica> _replicas = new(StringComparer.Ordinal);

    /// <summary>Takes over what an earlier process knew, as far as nothing newer is known.</summary>
    public void Restore(IReadOnlyList<KnownReplica> replicas)
    {
        lock (_gate)
        {
            foreach (KnownReplica replica in replicas)
            {
                _replicas.TryAdd(replica.Name, replica);
            }

            Forget(time.GetUtcNow());
        }
    }

    /// <summary>Notes what a replica holds; a lower position than known before replaces it (it was restored).</summary>
    public void Hear(string name, LogPosition acknowledged)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            _replicas[name] = new KnownReplica(name, acknowledged, now);
            Forget(now);
        }
    }

    /// <summary>The replicas heard of within the limit; a copy.</summary>
    public IReadOnlyList<KnownReplica> List()
    {
        lock (_gate)
        {
            Forget(time.GetUtcNow());
            return [.. _replicas.Values];
        }
    }

    /// <summary>The lowest position a known replica holds; null when none is known.</summary>
    public LogPosition? Slowest()
    {
        LogPosition? slowest = null;
        foreach (KnownReplica replica in List())
        {
            slowest = slowest is { } known && known <= replica.Acknowledged ? known : replica.Acknowledged;
        }

        return slowest;
    }

    private void Forget(DateTimeOffset now)
    {
        KnownReplica? oldest = null;
        foreach (KnownReplica replica in _replicas.Values)
        {
            if (now - replica.LastHeard > keep)
            {
                // Removing while enumerating is allowed for Dictionary.Remove.
                _replicas.Remove(replica.Name);
            }
            else if (oldest is null || replica.LastHeard < oldest.LastHeard)
            {
                oldest = replica;
            }
        }

        if (_replicas.Count > MaxReplicas && oldest is not null)
        {
            _replicas.Remove(oldest.Name);
        }
    }
}
