using System.Buffers.Binary;
using System.Diagnostics;
using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Measure.Roles;

/// <summary>
/// Stands between the replica and its store, and notes when the entries of a batch became readable: the moment the
/// store's sync returned. Values begin with the timestamp of their put.
/// </summary>
internal sealed class VisibilityClock(IEpochApplier store) : IEpochApplier
{
    private readonly List<long> _open = [];
    private readonly List<long> _ticks = new(2_000_000);
    private readonly Lock _gate = new();
    private long _batches;

    /// <inheritdoc/>
    public LogPosition Durable => store.Durable;

    /// <inheritdoc/>
    public void Apply(in WalEntry entry)
    {
        store.Apply(in entry);
        _open.Add(BinaryPrimitives.ReadInt64LittleEndian(entry.Value));
    }

    /// <inheritdoc/>
    public void Sync()
    {
        store.Sync();
        long now = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            foreach (long put in _open)
            {
                _ticks.Add(now - put);
            }

            _batches++;
        }

        _open.Clear();
    }

    /// <inheritdoc/>
    public void Discard()
    {
        store.Discard();
        _open.Clear();
    }

    /// <inheritdoc/>
    public void BeginEpoch(LogPosition start) => store.BeginEpoch(start);

    /// <summary>Says the distribution so far, without the first fifth, and begins anew.</summary>
    public void SayAndRestart()
    {
        lock (_gate)
        {
            long[] ticks = [.. _ticks.Skip(_ticks.Count / 5)];
            Array.Sort(ticks);
            RoleOutput.Say("entries", ticks.Length);
            RoleOutput.Say("p50_us", MicrosecondsAt(ticks, 0.5));
            RoleOutput.Say("p99_us", MicrosecondsAt(ticks, 0.99));
            RoleOutput.Say("max_us", MicrosecondsAt(ticks, 1));
            RoleOutput.Say("batches", _batches);
            _ticks.Clear();
            _batches = 0;
        }
    }

    private static double MicrosecondsAt(long[] sorted, double share) =>
        sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)] * 1e6 / Stopwatch.Frequency;
}
