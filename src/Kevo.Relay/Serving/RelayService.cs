using Grpc.Core;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Serving;

/// <summary>
/// Serves a log to replicas: catch-up and live tail by one path, each stream at its own pace. Thread-safe. It does not
/// own the log and must be stopped before the log is closed.
/// </summary>
public sealed class RelayService
{
    private readonly ILogSource _source;
    private readonly RelayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ReplicaRegistry _replicas;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RelaySession> _sessions = new(StringComparer.Ordinal);
    private readonly List<RelaySession> _order = [];
    private IReadOnlyList<string> _path = [];
    private bool _stopped;
    private long _opened;
    private long _refused;

    /// <summary>Creates the service over a log.</summary>
    /// <exception cref="ConfigurationException">An option makes no sense.</exception>
    public RelayService(ILogSource source, RelayOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        _source = source;
        _options = options;
        _time = time;
        _logger = logger;
        _replicas = new ReplicaRegistry(options.KnownReplicaAge, time);
    }

    /// <summary>Its clock.</summary>
    internal TimeProvider Time => _time;

    /// <summary>What it is doing now.</summary>
    public RelayStatus GetStatus()
    {
        List<RelaySessionStatus> sessions = [];
        lock (_gate)
        {
            foreach (RelaySession session in _order)
            {
                sessions.Add(session.GetStatus());
            }

            return new RelayStatus
            {
                NodeId = _options.NodeId,
                First = _source.First,
                Last = _source.Durable,
                Path = _path,
                Sessions = sessions,
                Replicas = _replicas.List(),
                SessionsOpened = _opened,
                SessionsRefused = _refused,
            };
        }
    }

    /// <summary>Counts replicas as known that an earlier process knew; before the first stream is served.</summary>
    public void Restore(IReadOnlyList<KnownReplica> replicas) => _replicas.Restore(replicas);

    /// <summary>
    /// The lowest position a known replica holds, which must stay in the log so that the replica can compare it when it
    /// comes back; null when no replica is known.
    /// </summary>
    public LogPosition? SlowestReplica => _replicas.Slowest();

    /// <summary>
    /// Names the nodes this node follows, nearest first. When that changes, open streams end, so that replicas come
    /// back and see whether the new path leads through themselves.
    /// </summary>
    public void SetUpstreamPath(IReadOnlyList<string> path)
    {
        RelaySession[] open;
        lock (_gate)
        {
            if (path.SequenceEqual(_path, StringComparer.Ordinal))
            {
                return;
            }

            _path = [.. path];
            open = [.. _order];
        }

        foreach (RelaySession session in open)
        {
            session.EndWith(new Status(StatusCode.Unavailable, "this relay follows another node now; connect again"));
        }
    }

    /// <summary>Ends every stream and refuses new ones.</summary>
    public void Stop()
    {
        RelaySession[] open;
        lock (_gate)
        {
            _stopped = true;
            open = [.. _order];
        }

        foreach (RelaySession session in open)
        {
            session.EndWith(new Status(StatusCode.Unavailable, "this relay is shutting down"));
        }
    }

    /// <summary>
    /// Ends the streams that have not been sent everything below a position, because it is about to be deleted.
    /// </summary>
    /// <returns>How many.</returns>
    public int EndBehind(LogPosition position)
    {
        RelaySession[] open;
        lock (_gate)
        {
            open = [.. _order];
        }

        int ended = 0;
        foreach (RelaySession session in open)
        {
            if (session.GetStatus().Sent.Next < position)
            {
                session.EndWith(new Status(
                    StatusCode.OutOfRange,
                    $"the history below {position} is deleted here to stay within the limit; bootstrap from a "
                    + "snapshot"));
                ended++;
            }
        }

        return ended;
    }

    /// <summary>
    /// Serves one stream until it ends, which is always by an <see cref="RpcException"/> or a cancellation.
    /// </summary>
    internal async Task ServeAsync(
        WALStreamRequest request, Metadata requestHeaders, string peer, IRelayOutput output,
            CancellationToken cancellationToken)
    {
        RelaySession session = Open(request, requestHeaders, peer, out ICodec? codec, out RelayMessageBuilder builder);
        using var stream = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended);
        try
        {
            RelayLog.StreamOpened(_logger, session.Name, session.Id, session.Start);
            await using (stream.Token.Register(session.Wake))
            {
                await output.WriteHeadersAsync(Headers(session));
                await SendAsync(session, builder, output, stream.Token);
            }
        }
        catch (OperationCanceledException) when (session.End is { } end)
        {
            throw new RpcException(end);
        }
        catch (KevoException e)
        {
            RelayLog.StreamFailed(_logger, session.Name, e.Message);
            throw RelayFaults.ToRpcException(e);
        }
        finally
        {
            Close(session);
            builder.Dispose();
            (codec as IDisposable)?.Dispose();
            RelayLog.StreamClosed(_logger, session.Name, session.Id, session.Acknowledged);
        }
    }

    /// <summary>Answers an acknowledgement.</summary>
    internal AckResponse Acknowledge(Ack request, Metadata headers)
    {
        RelaySession? session = Find(headers);
        if (session is null)
        {
            return new AckResponse { Message = "Unknown session" };
        }

        string? refused = session.Acknowledge(request.AcknowledgedUpTo);
        if (refused is not null)
        {
            return new AckResponse { Message = refused };
        }

        _replicas.Hear(session.Name, session.Acknowledged);
        return new AckResponse { Success = true };
    }

    /// <summary>Answers a negative acknowledgement; the entries follow on the stream.</summary>
    internal NackResponse NegativeAcknowledge(Nack request, Metadata headers)
    {
        RelaySession? session = Find(headers);
        if (session is null)
        {
            return new NackResponse { Message = "Unknown session" };
        }

        LogPosition last = _source.Durable;
        ulong from = Math.Max(1, request.MissingFromSequence);
        if (from > last.Sequence)
        {
            return new NackResponse { Message = $"no entries found from sequence {from}" };
        }

        session.RequestResend(from);
        return new NackResponse { Success = true };
    }

    private async Task SendAsync(
        RelaySession session, RelayMessageBuilder builder, IRelayOutput output, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (session.End is { } end)
            {
                throw new RpcException(end);
            }

            if (session.TryTakeResend(out ulong from))
            {
                builder.Rewind(from);
            }

            EncodedResponse? message = builder.Next();
            if (message is null && builder.EpochEnded)
            {
                throw new DivergenceException(
                    $"Epoch {session.Start.Epoch} ended at {builder.Sent.Sequence}; this relay goes on in "
                    + $"epoch {_source.Durable.Epoch}. The replica has to be resynchronised.");
            }

            if (message is null && session.TryTakeHeartbeat())
            {
                message = EncodedResponse.Heartbeat;
            }

            if (message is null)
            {
                await session.WaitAsync(_source, builder.Sent.Next, cancellationToken);
                continue;
            }

            if (PlantedBugs.Has(PlantedBug.SendingNotedLate))
            {
                await output.WriteAsync(message, cancellationToken);
                session.NoteSending(message.Bytes.Length, builder.Sent);
                continue;
            }

            // Before it is written: its acknowledgement may be here before this loop goes on.
            session.NoteSending(message.Bytes.Length, builder.Sent);
            await output.WriteAsync(message, cancellationToken);
        }
    }

    private RelaySession Open(
        WALStreamRequest request, Metadata headers, string peer, out ICodec? codec, out RelayMessageBuilder builder)
    {
        bool opened = false;
        try
        {
            ReplicaAnnouncement? replica = ReplicaAnnouncement.Read(headers);
            LogPosition start = RelayStart.Resolve(_source, request, replica);
            CheckLoop(replica);
            codec = ChooseCodec(request, replica);
            builder = new RelayMessageBuilder(_source, start, _options.MessageBytes, codec);
            try
            {
                // What a replica asks for again it holds; one that asks from the beginning holds nothing.
                LogPosition held = start with { Sequence = request.StartSequence };
                var session = new RelaySession(
                    $"relay-{Guid.NewGuid():N}", replica?.NodeId, request.ListenerAddress, peer, start, held, _options,
                    _time);
                Register(session);
                opened = true;
                return session;
            }
            finally
            {
                if (!opened)
                {
                    builder.Dispose();
                    (codec as IDisposable)?.Dispose();
                }
            }
        }
        catch (KevoException e)
        {
            RelayLog.StreamRefused(_logger, peer, e.Message);
            throw RelayFaults.ToRpcException(e);
        }
        finally
        {
            if (!opened)
            {
                Interlocked.Increment(ref _refused);
            }
        }
    }

    private void Register(RelaySession session)
    {
        RelaySession? older = null;
        lock (_gate)
        {
            if (_stopped)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "this relay is shutting down"));
            }

            older = session.NodeId is null ? null : _order.Find(known => known.NodeId == session.NodeId);
            if (_order.Count - (older is null ? 0 : 1) >= _options.MaxSessions)
            {
                throw new RpcException(new Status(
                    StatusCode.ResourceExhausted, $"this relay serves {_options.MaxSessions} streams already"));
            }

            _sessions.Add(session.Id, session);
            _order.Add(session);
            _opened++;
        }

        // A replica that comes back before its dead connection was noticed must not be held up by it.
        older?.EndWith(new Status(StatusCode.Aborted, "the replica opened another stream"));
        _replicas.Hear(session.Name, session.Acknowledged);
    }

    private void Close(RelaySession session)
    {
        lock (_gate)
        {
            _sessions.Remove(session.Id);
            _order.Remove(session);
        }

        session.Dispose();
    }

    private void CheckLoop(ReplicaAnnouncement? replica)
    {
        if (replica is null)
        {
            return;
        }

        lock (_gate)
        {
            if (replica.NodeId == _options.NodeId || _path.Contains(replica.NodeId, StringComparer.Ordinal))
            {
                throw new RpcException(new Status(
                    StatusCode.InvalidArgument,
                    $"node {replica.NodeId} cannot follow {_options.NodeId}, which follows it: that is a loop"));
            }
        }
    }

    private static ICodec? ChooseCodec(WALStreamRequest request, ReplicaAnnouncement? replica) =>
        // A receiver that is none of ours may take "compressed" to mean every payload; ours looks at each.
        replica is not null && request.CompressionSupported && request.PreferredCodec != CompressionCodec.None
            && CodecFactory.IsKnown(request.PreferredCodec)
            ? CodecFactory.Create(request.PreferredCodec)
            : null;

    private Metadata Headers(RelaySession session)
    {
        var headers = new Metadata { { RelayHeaders.SessionId, session.Id } };
        LogPosition first = _source.First;
        LogPosition last = _source.Durable;
        IReadOnlyList<string> path;
        lock (_gate)
        {
            path = _path;
        }

        var announcement = new RelayAnnouncement
        {
            NodeId = _options.NodeId,
            Epoch = session.Start.Epoch,
            FirstSequence = first.Epoch == last.Epoch ? first.Sequence : last.Sequence + 1,
            LastSequence = last.Sequence,
            Path = path,
        };
        announcement.WriteTo(headers);
        return headers;
    }

    private RelaySession? Find(Metadata headers)
    {
        string? id = headers.GetValue(RelayHeaders.SessionId);
        lock (_gate)
        {
            return id is null ? null : _sessions.GetValueOrDefault(id);
        }
    }
}
