using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>
/// Who needs which history. Ages are measured by the monotonic clock, so that setting the time of day lets nobody be
/// forgotten; only what an earlier process knew is aged by the time of day once. Thread-safe.
/// </summary>
internal sealed class ReplicaRegistry(TimeSpan keep, TimeProvider time)
{
    // A hostile client that invents names must not fill memory; beyond this the replica heard of longest ago is
    // dropped.
    private const int MaxReplicas = 4096;

    private readonly Lock _gate = new();

    private readonly SteadyClock _clock = new(time);

    // With when each was last heard, by the steady clock.
    private readonly Dictionary<string, (KnownReplica Replica, TimeSpan Heard)> _replicas = new(StringComparer.Ordinal);

    private TimeSpan Now => _clock.Now;

    /// <summary>Takes over what an earlier process knew, as far as nothing newer is known.</summary>
    public void Restore(IReadOnlyList<KnownReplica> replicas)
    {
        lock (_gate)
        {
            DateTimeOffset today = time.GetUtcNow();
            foreach (KnownReplica replica in replicas)
            {
                TimeSpan age = today - replica.LastHeard;
                _replicas.TryAdd(replica.Name, (replica, age > TimeSpan.Zero ? Now - age : Now));
            }

            Forget();
        }
    }

    /// <summary>Notes what a replica holds; a lower position than known before replaces it (it was restored).</summary>
    public void Hear(string name, LogPosition acknowledged)
    {
        lock (_gate)
        {
            _replicas[name] = (new KnownReplica(name, acknowledged, time.GetUtcNow()), Now);
            Forget();
        }
    }

    /// <summary>The replicas heard of within the limit; a copy.</summary>
    public IReadOnlyList<KnownReplica> List()
    {
        lock (_gate)
        {
            Forget();
            return [.. _replicas.Values.Select(static known => known.Replica)];
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

    private void Forget()
    {
        TimeSpan now = Now;
        (string Name, TimeSpan Heard)? oldest = null;
        foreach ((string name, (_, TimeSpan heard)) in _replicas)
        {
            if (now - heard > keep)
            {
                // Removing while enumerating is allowed for Dictionary.Remove.
                _replicas.Remove(name);
            }
            else if (oldest is null || heard < oldest.Value.Heard)
            {
                oldest = (name, heard);
            }
        }

        if (_replicas.Count > MaxReplicas && oldest is { } longest)
        {
            _replicas.Remove(longest.Name);
        }
    }
}
