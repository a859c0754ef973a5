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

    private readonly List<(ImmutableSortedDictionary<byte[], byte[]> Content, LogPosition Position)> _maybe = [];
    private (ImmutableSortedDictionary<byte[], byte[]> Content, ulong Sequence)? _syncing;

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
        _syncing = null;
        _maybe.Clear();
    }

    /// <summary>The open batch is being synced; the one before it is durable.</summary>
    public void BeginSync()
    {
        EndSync();
        _syncing = (Open, OpenSequence);
    }

    /// <summary>What was being synced is durable.</summary>
    public void EndSync()
    {
        if (_syncing is { } synced)
        {
            Durable = synced.Content;
            Position = Position with { Sequence = synced.Sequence };
            _syncing = null;
        }
    }

    /// <summary>What was applied since the last sync of either kind is gone.</summary>
    public void Discard()
    {
        EndSync();
        Open = Durable;
        OpenSequence = Position.Sequence;
    }

    /// <summary>From now on, until something is settled, the store may also turn out to hold this.</summary>
    public void ExpectMaybe(ImmutableSortedDictionary<byte[], byte[]> content, LogPosition position) =>
        _maybe.Add((content, position));

    public void ExpectNothing() => _maybe.Clear();

    /// <summary>The process ended: what was applied and not synced is gone.</summary>
    public void LoseOpenBatch()
    {
        _syncing = null;
        Discard();
    }

    /// <summary>Takes the state that a position says the store is in; false when it may not be in it.</summary>
    public bool Settle(LogPosition position)
    {
        _syncing = null;
        int found = _maybe.FindIndex(maybe => maybe.Position == position);
        if (found >= 0)
        {
            Durable = _maybe[found].Content;
            Position = position;
        }

        _maybe.Clear();
        Discard();
        return Position == position;
    }

    public string Describe() =>
        $"the model is at {Position}" + string.Concat(_maybe.Select(static maybe => $", maybe at {maybe.Position}"));
}
