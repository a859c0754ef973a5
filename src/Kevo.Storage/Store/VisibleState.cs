using Kevo.Core;

namespace Kevo.Storage.Store;

/// <summary>
/// The current epoch and the last position readers see in it. The epoch of an object never changes; a new epoch is a
/// new object in a new <see cref="StoreVersion"/>, so that epoch, sequence and content are always taken together.
/// </summary>
internal sealed class VisibleState(LogPosition start)
{
    private ulong _sequence = start.Sequence;

    public ulong Epoch { get; } = start.Epoch;

    public LogPosition Position => new(Epoch, Volatile.Read(ref _sequence));

    /// <summary>Publishes a position whose entries are durable and in the memtable. Writer's thread only.</summary>
    public void Advance(ulong sequence) => Volatile.Write(ref _sequence, sequence);
}
