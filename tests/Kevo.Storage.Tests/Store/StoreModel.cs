using System.Collections.Immutable;
using Kevo.Core;

namespace Kevo.Storage.Tests.Store;

/// <summary>What a store must hold: plain ordered dictionaries, one for what is durable and one with the open batch.</summary>
internal sealed class StoreModel
{
    public static readonly IComparer<byte[]> ByBytes =
        Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    private static readonly ImmutableSortedDictionary<byte[], byte[]> Nothing =
        ImmutableSortedDictionary.Create<byte[], byte[]>(ByBytes);

    public ImmutableSortedDictionary<byte[], byte[]> Durable { get; private set; } = Nothing;

    public ImmutableSortedDictionary<byte[], byte[]> Open { get; private set; } = Nothing;

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
    }

    public void Discard()
    {
        Open = Durable;
        OpenSequence = Position.Sequence;
    }

    public void BeginEpoch(LogPosition start)
    {
        Position = start;
        OpenSequence = start.Sequence;
    }

    public void Replace(IEnumerable<KeyValuePair<byte[], byte[]>> content)
    {
        Durable = Nothing.SetItems(content);
        Open = Durable;
    }
}
