using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>
/// The current epoch and its durable end. The epoch of an object never changes, so a reader that takes the object
/// and then its sequence has a position that once was true; the writer replaces the object only when an epoch
/// begins.
/// </summary>
internal sealed class EpochState(ulong epoch, ulong durableSequence)
{
    private ulong _durableSequence = durableSequence;

    internal ulong Epoch { get; } = epoch;

    internal ulong DurableSequence => Volatile.Read(ref _durableSequence);

    internal LogPosition Durable => new(Epoch, DurableSequence);

    internal void Advance(ulong durableSequence) => Volatile.Write(ref _durableSequence, durableSequence);
}
