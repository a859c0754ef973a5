using System.Globalization;
using Grpc.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Stock;

/// <content>Streams, ticks, heartbeats and acknowledgements.</content>
public sealed partial class StockPrimaryModel
{
    private const string LogClosed = "failed to get WAL entries: failed to get WAL entries: WAL is closed";

    /// <summary>
    /// Opens a stream. The caller sends the session id as a header first and then what the stream was given.
    /// </summary>
    /// <returns>The session, or null when the call hangs.</returns>
    /// <exception cref="RpcException">
    /// INVALID_ARGUMENT without a listener address; UNAVAILABLE while stopping.
    /// </exception>
    public StockSession? OpenStream(WALStreamRequest request, IStockStream stream)
    {
        if (IsFrozen)
        {
            return null;
        }

        if (_stopping)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        }

        if (request.ListenerAddress.Length == 0)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "listener_address is required"));
        }

        DateTimeOffset now = _time.GetUtcNow();
        var session = new StockSession(NewSessionId(now), request, stream, now);
        _registered.Add(session);
        _streams.Add(session);
        StreamsOpened++;
        session.NextTick = now + _options.TickInterval;
        session.Sent = request.StartSequence;
        if (request.StartSequence > 0)
        {
            if (!RequestMayRead())
            {
                return null;
            }

            SendFirstMessage(session, request.StartSequence);
        }

        return session;
    }

    /// <summary>The other side has left, or its connection broke.</summary>
    public void CloseStream(StockSession session)
    {
        session.StreamOpen = false;
        _streams.Remove(session);
        _registered.Remove(session);
    }

    /// <summary>Forgets a session the way the silence limit does; its stream goes on.</summary>
    public void DropSession(StockSession session)
    {
        _registered.Remove(session);
        if (!_options.Has(StockQuirks.DroppedSessionsKeepStreaming))
        {
            EndStream(session, new Status(StatusCode.Unavailable, "session timed out"));
        }
    }

    /// <summary>An acknowledgement.</summary>
    /// <param name="sessionId">The id in the request's metadata; null when it has none.</param>
    /// <param name="number">Everything up to it is acknowledged.</param>
    /// <returns>The answer, or null when the call hangs.</returns>
    /// <exception cref="RpcException">UNAVAILABLE while stopping.</exception>
    public StockReply? Acknowledge(string? sessionId, ulong number)
    {
        if (IsFrozen)
        {
            return null;
        }

        RefuseWhileStopping();
        Acknowledgements++;
        StockSession? session = Find(sessionId);
        if (session is null)
        {
            return StockReply.UnknownSession;
        }

        if (!AcknowledgementMayPass(session))
        {
            return null;
        }

        session.LastActivity = _time.GetUtcNow();
        if (number > session.Acknowledged
            && (number < _replicationNext || _options.Has(StockQuirks.FutureAcknowledgementsAccepted)))
        {
            session.Acknowledged = number;
        }

        if (!_rotated && _options.Has(StockQuirks.AcknowledgementsDeleteFiles))
        {
            ulong lowest = ulong.MaxValue;
            foreach (StockSession known in _registered)
            {
                lowest = Math.Min(lowest, known.Acknowledged);
            }

            _wal.Prune(lowest, _time.GetUtcNow() - _options.FileRetention);
        }

        return StockReply.Ok;
    }

    /// <summary>
    /// A negative acknowledgement: the entries from the number on are sent again, at most one message of them.
    /// </summary>
    /// <param name="sessionId">The id in the request's metadata; null when it has none.</param>
    /// <param name="from">The first number that is missing.</param>
    /// <returns>The answer, or null when the call hangs.</returns>
    /// <exception cref="RpcException">UNAVAILABLE while stopping.</exception>
    public StockReply? NegativeAcknowledge(string? sessionId, ulong from)
    {
        if (IsFrozen)
        {
            return null;
        }

        RefuseWhileStopping();
        NegativeAcknowledgements++;
        StockSession? session = Find(sessionId);
        if (session is null)
        {
            return StockReply.UnknownSession;
        }

        if (!RequestMayRead())
        {
            return null;
        }

        if (_rotated && from < _replicationNext)
        {
            return new StockReply(false, "Failed to resend entries: " + LogClosed);
        }

        List<StockEntry> entries = _rotated ? [] : _wal.Select(from, _options.MessageEntries);
        if (entries.Count == 0)
        {
            return new StockReply(false, string.Create(
                CultureInfo.InvariantCulture, $"Failed to resend entries: no entries found from sequence {from}"));
        }

        string? refused = Send(session, Message(entries));
        return refused is null
            ? StockReply.Ok
            : new StockReply(
                false,
                "Failed to resend entries: failed to resend entries: rpc error: code = ResourceExhausted desc = "
                + refused);
    }

    private static WALStreamResponse Message(IReadOnlyList<StockEntry> entries)
    {
        var message = new WALStreamResponse();
        foreach (StockEntry entry in entries)
        {
            message.Entries.Add(new WALEntry { SequenceNumber = entry.Sequence, Payload = entry.Payload });
        }

        return message;
    }

    private void SendFirstMessage(StockSession session, ulong start)
    {
        if (_rotated)
        {
            if (start < _replicationNext)
            {
                EndStream(
                    session, new Status(StatusCode.Unknown, "failed to send initial entries: " + LogClosed));
            }

            return;
        }

        ulong from = _options.Has(StockQuirks.StartIsInclusiveOnce) ? start : start + 1;
        List<StockEntry> entries = _wal.Select(from, _options.MessageEntries);
        if (entries.Count > 0)
        {
            session.Sent = entries[^1].Sequence;
            Send(session, Message(entries));
        }
    }

    private void Tick(StockSession session, DateTimeOffset now)
    {
        bool stalled = _options.BlocksOnFullWindow && session.Stream.UnsentBytes > _options.StreamWindow;
        if (stalled || _rotated || _replicationNext - 1 <= session.Acknowledged || !TickMayRead(session, now))
        {
            return;
        }

        ulong after = _options.Has(StockQuirks.ResendsUntilAcknowledged)
            ? session.Acknowledged
            : Math.Max(session.Acknowledged, session.Sent);
        List<StockEntry> entries = _wal.Select(after + 1, _options.MessageEntries);
        if (entries.Count > 0)
        {
            session.Sent = entries[^1].Sequence;
            Send(session, Message(entries));
        }
    }

    private void CheckSessions(DateTimeOffset now)
    {
        if (IsStalled)
        {
            // The checker waits for the lock of the session that does not read; the others get no heartbeat meanwhile.
            return;
        }

        foreach (StockSession session in Sessions)
        {
            TimeSpan idle = now - session.LastActivity;
            if (idle > _options.SessionTimeout)
            {
                DropSession(session);
            }
            else if (idle > _options.HeartbeatIdle)
            {
                Send(session, new WALStreamResponse());
            }
        }
    }

    /// <summary>Sends a message; when it is too large the stream ends instead, and the reason is returned.</summary>
    private string? Send(StockSession session, WALStreamResponse message)
    {
        int size = message.CalculateSize();
        if (size > _options.SendLimit)
        {
            string refused = string.Create(
                CultureInfo.InvariantCulture,
                $"trying to send message larger than max ({size} vs. {_options.SendLimit})");
            EndStream(session, new Status(StatusCode.ResourceExhausted, refused));
            return refused;
        }

        session.Messages++;
        session.LastActivity = _time.GetUtcNow();
        session.Stream.Send(message);
        return null;
    }

    private void EndStream(StockSession session, Status status)
    {
        CloseStream(session);
        session.Stream.End(status);
    }

    private StockSession? Find(string? sessionId)
    {
        if (sessionId is null)
        {
            bool any = _options.Has(StockQuirks.MissingSessionIdAccepted) && _registered.Count > 0;
            return any ? _registered[0] : null;
        }

        return _registered.Find(session => session.Id == sessionId);
    }

    private string NewSessionId(DateTimeOffset now)
    {
        long nanoseconds = (now - DateTimeOffset.UnixEpoch).Ticks * 100;
        _lastSessionStamp = Math.Max(nanoseconds, _lastSessionStamp + 1);
        return string.Create(CultureInfo.InvariantCulture, $"replica-{_lastSessionStamp}");
    }

    private void RefuseWhileStopping()
    {
        if (_stopping)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        }
    }
}
