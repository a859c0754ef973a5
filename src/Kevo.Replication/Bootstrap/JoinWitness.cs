using System.IO.Hashing;
using Kevo.Core;
using Kevo.Storage;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The transaction at a snapshot's position, as the relay's stream brings it: what it left of each of its keys is what
/// the snapshot must show, or the two are of different histories under the same numbers. Keys and hashes only, bounded
/// in number. Filled by the loop, then used by the walk, then by the loop again; one thread at a time.
/// </summary>
/// <param name="position">The position that the snapshot reflects.</param>
/// <param name="options">Limits on decompression.</param>
internal sealed class JoinWitness(LogPosition position, PayloadDecoderOptions options) : IDisposable
{
    /// <summary>Keys kept at most; further ones of the same transaction are not compared.</summary>
    private const int MaxKeys = 65_536;

    /// <summary>In place of the hash of a value that is not there.</summary>
    private const ulong Absent = 0;

    private readonly PayloadDecoder _decoder = new(options);
    private readonly SortedDictionary<byte[], ulong> _left = new(KeyComparer.Instance);
    private KeyValuePair<byte[], ulong>[] _expected = [];
    private int _next;
    private bool _forgotten;

    /// <summary>Keys that are compared; 0 when the stream does not bring the transaction.</summary>
    public int Keys => _left.Count;

    /// <summary>Takes in one response of the stream, which stays the caller's.</summary>
    /// <returns>True when the transaction is over, or known not to come.</returns>
    /// <exception cref="ProtocolException">The response breaks the protocol.</exception>
    /// <exception cref="CompressionException">A payload cannot be decompressed.</exception>
    public bool Read(StreamMessage message)
    {
        StreamResponseReader reader = message.Read();
        _decoder.BeginMessage(in reader);
        bool goesOn = true;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            if (entry.Sequence > position.Sequence)
            {
                return true;
            }

            goesOn = entry.FragmentType is FragmentType.First or FragmentType.Middle;
            if (entry.Sequence == position.Sequence)
            {
                Note(_decoder.Decode(in entry));
            }
        }

        return !goesOn;
    }

    /// <summary>Forgets the transaction, whose end is too far away; nothing is compared then.</summary>
    public void Forget()
    {
        _left.Clear();
        _forgotten = true;
    }

    /// <summary>
    /// Hands the transaction's operations in a response that was read to content whose log shall begin with it; none
    /// when it was forgotten.
    /// </summary>
    public void Keep(StreamMessage message, IStoreRebuild rebuild)
    {
        StreamResponseReader reader = message.Read();
        _decoder.BeginMessage(in reader);
        while (!_forgotten && reader.TryReadEntry(out StreamEntry entry))
        {
            if (entry.Sequence == position.Sequence)
            {
                WalEntry operation = _decoder.Decode(in entry);
                rebuild.KeepLast(in operation);
            }
        }
    }

    /// <summary>Nothing more is read; the snapshot's rows come now.</summary>
    public void Seal() => _expected = [.. _left];

    /// <summary>The snapshot's next row; keys ascend.</summary>
    /// <exception cref="RetentionException">
    /// The transaction left something else under a key at or before it.
    /// </exception>
    public void Meet(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        while (_next < _expected.Length)
        {
            int order = _expected[_next].Key.AsSpan().SequenceCompareTo(key);
            if (order > 0)
            {
                return;
            }

            Compare(order == 0 ? HashOf(value) : Absent);
        }
    }

    /// <summary>The snapshot has no more rows.</summary>
    /// <exception cref="RetentionException">The transaction left a key that the snapshot does not have.</exception>
    public void Complete()
    {
        while (_next < _expected.Length)
        {
            Compare(Absent);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private static ulong HashOf(ReadOnlySpan<byte> value) => XxHash3.HashToUInt64(value, seed: 1);

    private void Note(in WalEntry entry)
    {
        byte[] key = entry.Key.ToArray();
        if (_left.Count < MaxKeys || _left.ContainsKey(key))
        {
            _left[key] = entry.Operation == Operation.Delete ? Absent : HashOf(entry.Value);
        }
    }

    private void Compare(ulong shown)
    {
        if (_expected[_next++].Value != shown)
        {
            throw new RetentionException(
                $"The snapshot at {position} does not show what the relay's transaction {position} wrote: the read "
                + "service and the relay are of different histories. Nothing was taken over; give this node the read "
                + "service of a node with the relay's history, by --primary-client.");
        }
    }
}
