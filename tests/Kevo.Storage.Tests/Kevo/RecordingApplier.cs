using Kevo.Core;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>
/// The simplest store behind the applier seam: keeps the content and the transactions, checks the numbering.
/// </summary>
internal sealed class RecordingApplier(ulong firstSequence = 1) : IWalApplier
{
    public SortedDictionary<byte[], byte[]> Content { get; } = new(ByteOrder.Instance);

    public List<int> TransactionLengths { get; } = [];

    public ulong LastSequence { get; private set; } = firstSequence - 1;

    public int Syncs { get; private set; }

    public LogPosition Durable => new(1, LastSequence);

    public void Apply(in WalEntry entry)
    {
        Assert.InRange(entry.Sequence, Math.Max(LastSequence, firstSequence), LastSequence + 1);
        if (entry.Sequence != LastSequence)
        {
            TransactionLengths.Add(0);
        }

        LastSequence = entry.Sequence;
        TransactionLengths[^1]++;
        if (entry.Operation == Operation.Delete)
        {
            Content.Remove(entry.Key.ToArray());
        }
        else
        {
            Content[entry.Key.ToArray()] = entry.Value.ToArray();
        }
    }

    public void Sync() => Syncs++;

    public void Discard() => throw new NotSupportedException("An import does not discard.");
}
