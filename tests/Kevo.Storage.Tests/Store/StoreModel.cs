using System.Collections.Immutable;
using Kevo.Core;

namespace Kevo.Storage.Tests.Store;

/// <summary>
/// What a store must hold: plain ordered dictionaries, one for what is durable, one with the open batch, and while a
/// call is under way the one that its success would make durable.
/// </summary>
internal sealed class StoreModel
{
    public static readonly IComparer<byte[]> ByBytes =
        Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    private (ImmutableSortedDictionary<byte[], byte[]> Content, LogPosition Position)? _maybe;

    public ImmutableSortedDictionary<byte[], byte[]> Durable { get; private set; } =
        ImmutableSortedDictionary.Create<byte[], byte[]>(ByBytes);

    public ImmutableSortedDictionary<byte[], byte[]> Open { get; private set; } =
        ImmutableSortedDictionary.Create<byte[], byte[]>(ByBytes);

    /// <summary>The position of <see cref="Durable"/>.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>The last sequence in the open batch.</summary>
    public ulong OpenSequence { get; set; }

    public void Apply(Operation operation, byte[] key, byte[] value) =>
        Open = operation == Operation.Delete ? Open.Remove(key) : Open.SetItem(key, value);

    public void Sync()
    {
        Durable = Open;
        Position = Position with { Sequence = OpenSequence };
        _maybe = null;
    }

    public void Discard()
    {
        Open = Durable;
        OpenSequence = Position.Sequence;
    }

    /// <summary>From now on, until something is settled, the store may also turn out to hold this.</summary>
    public void ExpectMaybe(ImmutableSortedDictionary<byte[], byte[]> content, LogPosition position) =>
        _maybe = (content, position);

    public void ExpectNothing() => _maybe = null;

    /// <summary>The process ended: what was applied and not synced is gone.</summary>
    public void LoseOpenBatch() => Discard();

    /// <summary>Takes the state that a position says the store is in; false when it may not be in it.</summary>
    public bool Settle(LogPosition position)
    {
        if (_maybe is { } maybe && maybe.Position == position)
        {
            Durable = maybe.Content;
            Position = position;
        }

        _maybe = null;
        Discard();
        return Position == position;
    }

    public string Describe() =>
        $"the model is at {Position}" + (_maybe is { } maybe ? $", maybe at {maybe.Position}" : "");
}
