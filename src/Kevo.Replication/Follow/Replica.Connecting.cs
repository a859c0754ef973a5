using Grpc.Core;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Logging;

namespace Kevo.Replication.Follow;

/// <content>CONNECTING, and the opening and closing of streams.</content>
public sealed partial class Replica
{
    private IPrimaryConnection? _connection;
    private IReplicationSession? _session;
    private StreamReceiver? _receiver;
    private FollowPlan _plan = FollowPlan.Relay;
    private volatile bool _knownRelay;
    private bool _offerOverruled;
    private bool _harmSaid;
    private volatile SessionView? _view;
    private TraceSpan _connectSpan;

    private async ValueTask<ReplicaState> ConnectAsync(CancellationToken stopping)
    {
        StartConnectSpan();
        _connection = await WithinDialTimeoutAsync(_connector.ConnectAsync, stopping);
        return ReplicaState.StreamingEntries;
    }

    private async ValueTask OpenStreamAsync(CancellationToken stopping)
    {
        StartConnectSpan();

        // From here on the session is closed by whoever closes the stream, also when it does not suit.
        _session = await WithinDialTimeoutAsync(dial => OpenSessionOrJoinAsync(dial, stopping), stopping);
        SessionHeaders headers = _session.Headers;
        _knownRelay = headers.Relay is not null;
        _condition = PrimaryCondition.Unknown;
        _plan = FollowPlan.Choose(_options.Follow, headers, _connector.Target);
        if (headers.Relay is { } relay)
        {
            CheckRelay(relay);
        }
        else if (_plan.Rules.LiveOnly)
        {
            BeginListening();
        }
        else if (_batches.MaxApplied == 0)
        {
            _batches.EnterEpoch(_batches.Epoch);
        }

        BeginStream(_session);
    }

    /// <summary>
    /// Opens the stream that fits the primary. As long as it is not known to be a relay, and the mode is not one that
    /// says so, the first request asks for sequence 0: with any other a stock primary reads its log at once, which can
    /// freeze it.
    /// </summary>
    private async ValueTask<IReplicationSession> OpenSuitableSessionAsync(CancellationToken dial)
    {
        ulong held = _batches.MaxApplied;
        if (_options.Follow is FollowMode.Relay or FollowMode.Tick)
        {
            IReplicationSession known = await ResumeAsync(held, dial);
            return known.Headers.Relay is null ? await WithUsableOfferAsync(known, held, dial) : known;
        }

        if (await IsRelayOrNearAsync(dial))
        {
            _knownRelay = true;
            IReplicationSession relay = await ResumeAsync(held, dial);
            if (relay.Headers.Relay is not null)
            {
                return relay;
            }

            await relay.DisposeAsync();
            throw new ConnectionException(
                $"Another server than a moment ago answers at {_connector.Target}; the stream is opened again.");
        }

        try
        {
            await using StreamEscort escort = new(_connection!, _time);
            ulong start = PlantedBugs.Has(PlantedBug.StockAskedForItsLog) ? held : 0;
            IReplicationSession session = await RequestAsync(start, dial);
            if (session.Headers.Relay is null)
            {
                session = await WithUsableOfferAsync(session, 0, dial);
                await SilenceTickerAsync(session, dial);
                return session;
            }

            if (held == 0)
            {
                return session;
            }

            await session.DisposeAsync();
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.OutOfRange)
        {
            // The beginning of the history is gone, which only a relay says; what is held here may well be served.
        }

        return await RequestAsync(held, dial);
    }

    private ValueTask<IReplicationSession> ResumeAsync(ulong held, CancellationToken dial) =>
        RequestAsync(PlantedBugs.Has(PlantedBug.ResumeOffByOne) && held > 0 ? held + 1 : held, dial);

    /// <summary>
    /// A stock primary sends its live writes empty to whoever offers no compression, or another codec than ZSTD. What
    /// it sends is raw all the same, so it is offered what it needs to hear, whatever the settings say.
    /// </summary>
    private async ValueTask<IReplicationSession> WithUsableOfferAsync(
        IReplicationSession session, ulong start, CancellationToken dial)
    {
        if (OfferSuitsStock)
        {
            return session;
        }

        await session.DisposeAsync();
        if (!_offerOverruled)
        {
            _offerOverruled = true;
            Log.OfferOverruled(_logger, _connector.Target);
        }

        return await RequestAsync(start, dial);
    }

    private bool OfferSuitsStock => _offerOverruled
        || (_options.CompressionSupported && _options.PreferredCodec is CompressionCodec.None or CompressionCodec.Zstd);

    private ValueTask<IReplicationSession> RequestAsync(ulong start, CancellationToken dial) =>
        RequestAsync(new LogPosition(start == 0 ? 0 : _batches.Epoch, start), dial);

    private async ValueTask<IReplicationSession> RequestAsync(LogPosition start, CancellationToken dial)
    {
        SessionRequest request = new()
        {
            StartSequence = start.Sequence,
            Epoch = start.Epoch,
            ProtocolVersion = _options.ProtocolVersion,
            CompressionSupported = _offerOverruled || _options.CompressionSupported,
            PreferredCodec = _offerOverruled ? CompressionCodec.Zstd : _options.PreferredCodec,
            ListenerAddress = _options.ListenerAddress,
            NodeId = _options.NodeId,
        };
        _requestedAt = _time.GetTimestamp();
        return await _connection!.OpenSessionAsync(request, dial);
    }

    /// <summary>Compares what the relay announces with what is held here.</summary>
    private void CheckRelay(RelayAnnouncement relay)
    {
        if (_options.NodeId.Length > 0 && relay.LeadsTo(_options.NodeId))
        {
            throw new ConfigurationException(
                $"The relay {relay.NodeId} at {_connector.Target} gets its history from this very node "
                + $"({_options.NodeId}); let one of them follow another primary.");
        }

        ulong held = _batches.MaxApplied;
        if (IsJoining)
        {
            CheckJoin(relay);
            return;
        }

        if (held == 0)
        {
            if (HoldsContentWithoutNumber())
            {
                throw new DivergenceException(
                    $"This node holds what a primary showed that said no sequence number, and the relay {relay.NodeId} "
                    + $"at {_connector.Target} has a history of its own. Nothing was changed here; resynchronise from "
                    + "the relay (--on-divergence resync), or begin with an empty directory.");
            }

            _batches.EnterEpoch(relay.Epoch);
            return;
        }

        LogPosition here = new(_batches.Epoch, held);
        bool sameEpoch = relay.Epoch == here.Epoch || PlantedBugs.Has(PlantedBug.EpochCheckSkipped);
        if (!sameEpoch || relay.LastSequence < held)
        {
            throw new DivergenceException(
                $"This node holds {here}, but the relay {relay.NodeId} ends at "
                + $"{new LogPosition(relay.Epoch, relay.LastSequence)}: it follows another history, or lost part "
                + "of this one. "
                + "Nothing was changed here; resynchronise from a snapshot, or follow another relay.");
        }
    }

    // Content of a walk over a stock primary that said 0 stands at sequence 0 of its epoch.
    private bool HoldsContentWithoutNumber() =>
        _batches.Durable.Epoch != 0 && _content is not null && !_content.IsEmpty();

    private void BeginStream(IReplicationSession session)
    {
        IHeldTransaction? held = null;
        LogPosition last = _batches.Durable;
        if (last.Sequence > 0 && _history is not null && !_history.TryOpen(last, out held))
        {
            Log.OverlapNotAtHand(_logger, last);
        }

        bool compare = !_plan.Rules.LiveOnly && !PlantedBugs.Has(PlantedBug.OverlapCheckSkipped);
        _batches.BeginStream(_plan.Rules, held, expectOverlap: compare);
        _streamOpenedAt = _time.GetTimestamp();
        _ticks.Observe(_streamOpenedAt);
        _receiver = new StreamReceiver(session, _queue, _plan.FullQueue, _wake, _counters, _time);
        _view = new SessionView(session.Headers, _plan, _receiver);
        _receiver.Start();
        if (_plan.AsksForAll)
        {
            Ask(Math.Max(1, last.Sequence));
        }

        if (_plan.Mode is FollowMode.Tick or FollowMode.Fill && !_harmSaid)
        {
            _harmSaid = true;
            Log.ModeCanHarm(_logger, _plan.Mode, _connector.Target);
        }

        _counters.CountSession();
        _observer?.SessionOpened(session.Headers);
        Log.StreamOpened(
            _logger, _connector.Target, _plan.Mode, session.Headers.SessionId, session.Headers.Relay?.NodeId, last);
        if (_connectSpan.IsRecorded)
        {
            _connectSpan.Set(SpanAttributes.Mode, _plan.Mode.ToString().ToLowerInvariant())
                .Set(SpanAttributes.Session, session.Headers.SessionId)
                .Set(last);
            EndConnectSpan();
        }
    }

    // A stream that ended is opened again on the same connection; then that is the attempt.
    private void StartConnectSpan()
    {
        if (!_connectSpan.IsRecorded)
        {
            _connectSpan = Spans.Start(SpanTable.Connect).Set(SpanAttributes.ServerAddress, _connector.Target);
        }
    }

    private void EndConnectSpan()
    {
        _connectSpan.Dispose();
        _connectSpan = default;
    }

    /// <summary>
    /// Ends stream and calls, and forgets what was received and not applied. Does not touch the open batch.
    /// </summary>
    private async ValueTask CloseStreamAsync()
    {
        _view = null;
        await _acknowledgement.AbandonAsync();
        await _negativeAcknowledgement.AbandonAsync();
        if (_receiver is not null)
        {
            await _receiver.StopAsync();
            _receiver = null;
        }

        await EndListeningAsync();
        await AbandonJoinAsync();
        ReleaseTaken();
        if (!PlantedBugs.Has(PlantedBug.QueueKeptOverStreams))
        {
            _queue.Clear();
        }

        _batches.EndStream();
        _gapSequence = 0;
        _restIsDue = false;
        if (_session is not null)
        {
            await _session.DisposeAsync();
            _session = null;
        }
    }

    private async ValueTask CloseConnectionAsync()
    {
        EndConnectSpan();
        await CloseStreamAsync();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
            _connection = null;
        }
    }

    private async ValueTask<T> WithinDialTimeoutAsync<T>(
        Func<CancellationToken, ValueTask<T>> step, CancellationToken stopping)
    {
        using CancellationTokenSource limit = new(_options.DialTimeout, _time);
        await using CancellationTokenRegistration stop = stopping.Register(limit.Cancel);
        try
        {
            return await step(limit.Token);
        }
        catch (Exception late) when (limit.IsCancellationRequested
            && late is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            stopping.ThrowIfCancellationRequested();
            throw new ConnectionException(
                $"The primary at {_connector.Target} did not answer within {_options.DialTimeout.TotalSeconds:0.#} s.",
                late);
        }
    }
}
