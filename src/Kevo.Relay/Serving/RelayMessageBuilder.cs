using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Storage;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Serving;

/// <summary>
/// Turns the durable batches of a log into messages: as large as the budget allows, cut at transaction boundaries,
/// giant transactions in marked parts. One thread at a time; nothing is allocated per entry or per message.
/// </summary>
internal sealed class RelayMessageBuilder : IDisposable
{
    private readonly ILogSource _source;
    private readonly ulong _epoch;
    private readonly StreamResponseWriter _writer;
    private ILogCursor _cursor;
    private ulong _from;

    // The entry that did not fit into the message before; its bytes must outlive the cursor's.
    private MemoryOwner<byte> _kept = MemoryOwner<byte>.Empty;
    private int _keptLength;
    private ulong _keptSequence;
    private ulong _lastSequence;
    private bool _splitting;

    /// <summary>Opens the log at a position.</summary>
    /// <param name="source">The log.</param>
    /// <param name="from">The first position to send.</param>
    /// <param name="messageBytes">The budget of a message.</param>
    /// <param name="codec">Compresses payloads; null for none. Stays the caller's.</param>
    /// <exception cref="RetentionException">The position is deleted.</exception>
    /// <exception cref="DivergenceException">The position is in another epoch or does not exist yet.</exception>
    public RelayMessageBuilder(ILogSource source, LogPosition from, int messageBytes, ICodec? codec)
    {
        _source = source;
        _epoch = from.Epoch;
        _from = from.Sequence;
        Sent = new LogPosition(from.Epoch, from.Sequence == 0 ? 0 : from.Sequence - 1);
        _cursor = source.OpenCursor(from);
        _writer = new StreamResponseWriter(messageBytes, codec);
    }

    /// <summary>The last transaction that was put into messages whole.</summary>
    public LogPosition Sent { get; private set; }

    /// <summary>Whether the log has gone on to another epoch, which this stream cannot carry.</summary>
    public bool EpochEnded { get; private set; }

    /// <summary>
    /// The next message, valid until the next call; null when everything durable has been sent, or the epoch ended.
    /// </summary>
    /// <exception cref="StorageException">A batch fails its checksum.</exception>
    /// <exception cref="RetentionException">The batch that comes next has been deleted.</exception>
    public EncodedResponse? Next()
    {
        EncodedResponse? message;
        if (_keptLength > 0)
        {
            message = Offer(_keptSequence, _kept.Span[.._keptLength], kept: true);
            if (message is not null)
            {
                return message;
            }

            _keptLength = 0;
        }

        do
        {
            while (!EpochEnded && _cursor.TryReadEntry(out WalEntry entry))
            {
                ulong sequence = entry.Sequence;
                if (sequence < _from)
                {
                    continue;
                }

                message = Offer(sequence, entry.Payload, kept: false);
                if (message is not null)
                {
                    return message;
                }
            }

            // A batch of the log ends at a transaction boundary.
            message = EndTransaction();
            if (message is not null)
            {
                return message;
            }
        }
        while (MoveNext());

        return _writer.EntryCount == 0 ? null : Complete();
    }

    /// <summary>Starts again at a position of the same epoch; an unfinished message is dropped.</summary>
    /// <exception cref="RetentionException">The position is deleted.</exception>
    /// <exception cref="DivergenceException">The position does not exist.</exception>
    public void Rewind(ulong from)
    {
        ILogCursor cursor = _source.OpenCursor(new LogPosition(_epoch, from));
        _cursor.Dispose();
        _cursor = cursor;
        _writer.Complete();
        _from = from;
        _keptLength = 0;
        _lastSequence = 0;
        _splitting = false;
        Sent = new LogPosition(_epoch, from - 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cursor.Dispose();
        _writer.Dispose();
        _kept.Dispose();
    }

    private bool MoveNext()
    {
        try
        {
            return !EpochEnded && _cursor.MoveNext();
        }
        catch (DivergenceException)
        {
            // What was read of the ended epoch is sent before the stream says so.
            EpochEnded = true;
            return false;
        }
    }

    /// <summary>Adds an entry; when it does not fit, keeps it and returns the message that is full.</summary>
    private EncodedResponse? Offer(ulong sequence, ReadOnlySpan<byte> payload, bool kept)
    {
        if (_writer.EntryCount > 0 && sequence != _lastSequence)
        {
            EncodedResponse? message = EndTransaction();
            if (message is not null)
            {
                Keep(sequence, payload, kept);
                return message;
            }
        }

        if (_writer.TryAppend(sequence, payload))
        {
            _lastSequence = sequence;
            return null;
        }

        Keep(sequence, payload, kept);
        if (sequence != _lastSequence)
        {
            return Complete();
        }

        if (_writer.HasBoundary)
        {
            return _writer.CompleteAtBoundary();
        }

        _writer.MarkLastEntry(_splitting ? FragmentType.Middle : FragmentType.First);
        _splitting = true;
        return _writer.Complete();
    }

    /// <summary>Notes that a transaction ends here; the last part of a split one is a message of its own.</summary>
    private EncodedResponse? EndTransaction()
    {
        if (_writer.EntryCount == 0)
        {
            return null;
        }

        Sent = new LogPosition(_epoch, _lastSequence);
        if (!_splitting)
        {
            _writer.MarkBoundary();
            return null;
        }

        _writer.MarkLastEntry(FragmentType.Last);
        return Complete();
    }

    private EncodedResponse Complete()
    {
        _splitting = false;
        return _writer.Complete();
    }

    private void Keep(ulong sequence, ReadOnlySpan<byte> payload, bool kept)
    {
        if (kept)
        {
            return;
        }

        if (_kept.Length < payload.Length)
        {
            _kept.Dispose();
            _kept = MemoryOwner<byte>.Allocate(payload.Length);
        }

        payload.CopyTo(_kept.Span);
        _keptLength = payload.Length;
        _keptSequence = sequence;
    }
}
