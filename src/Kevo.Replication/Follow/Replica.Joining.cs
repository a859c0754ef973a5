using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Receive;
using Kevo.Replication.Session;
using Kevo.Storage;
using Kevo.Wire;

namespace Kevo.Replication.Follow;

/// <content>
/// Joining a relay in the middle: its log no longer begins at 1, and this node holds nothing. A snapshot of a read
/// service with the same history, which says its position, takes the place of what is gone. The snapshot is opened
/// first, then the stream at its position, so that from that moment the relay keeps for this node what follows; the
/// stream waits, held back by flow control, while the snapshot is written down.
/// </content>
public sealed partial class Replica
{
    private const int RequestsWhileBehind = 20;

    private readonly JoinTask? _join;
    private JoinWitness? _joinWitness;
    private long _joinTakenBytes;
    private volatile bool _joining;
    private int _joinAttempts;

    /// <summary>A snapshot is open that the stream waits for.</summary>
    private bool IsJoining => _join is { IsOpen: true };

    /// <summary>
    /// Why this node cannot begin with a snapshot of a relay; null when it can. One with a history goes on from it, and
    /// whoever owns its directory decides whether a new one is begun beside it.
    /// </summary>
    private string? WhyNoJoin() =>
        _join is null ? "this node was given no read service, or a store that cannot take a snapshot"
        : _options.Snapshots.Bootstrap == BootstrapRule.Never ? "snapshots are switched off (--bootstrap never)"
        : _batches.Durable.Epoch != 0 ? $"its directory has begun epoch {_batches.Durable.Epoch} already"
        : null;

    /// <summary>
    /// Opens the stream, and when the relay has no beginning for an empty node, a snapshot and the stream behind it.
    /// </summary>
    private async ValueTask<IReplicationSession> OpenSessionOrJoinAsync(
        CancellationToken dial, CancellationToken stopping)
    {
        if (_batches.MaxApplied > 0)
        {
            return await OpenSuitableSessionAsync(dial);
        }

        string detail;
        try
        {
            IReplicationSession session = await OpenSuitableSessionAsync(dial);
            if (session.Headers.Relay is not { FirstSequence: > 1 } relay)
            {
                _joining = false;
                return session;
            }

            await session.DisposeAsync();
            detail = $"it begins at {new LogPosition(relay.Epoch, relay.FirstSequence)}.";
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.OutOfRange)
        {
            detail = refused.Status.Detail;
        }

        // Nothing but a relay says that.
        _knownRelay = true;
        return WhyNoJoin() is { } reason
            ? throw CannotJoin(detail, reason, null)
            : await JoinAsync(detail, dial, stopping);
    }

    private async ValueTask<IReplicationSession> JoinAsync(
        string detail, CancellationToken dial, CancellationToken stopping)
    {
        if (!_joining)
        {
            _joining = true;
            Log.JoinBegins(_logger, _connector.Target, _reader!.Target, detail);
        }

        await _join!.AbandonAsync();
        await OpenSnapshotAsync(detail, dial, stopping);
        LogPosition position = _join.Position;
        if (position.Sequence == 0)
        {
            throw new ConnectionException($"The node at {_reader!.Target} holds no history yet; it is asked again.");
        }

        try
        {
            IReplicationSession session = await RequestWhenReachedAsync(position, dial);
            if (session.Headers.Relay is null)
            {
                await session.DisposeAsync();
                throw new ConnectionException(
                    $"Another server than a moment ago answers at {_connector.Target}; the stream is opened again.");
            }

            _joinAttempts = 0;
            return session;
        }
        catch (RpcException refused)
            when (refused.StatusCode is StatusCode.OutOfRange or StatusCode.FailedPrecondition)
        {
            string reason = $"the snapshot of {_reader!.Target} is at {position}, where the relay serves no stream "
                + $"({refused.Status.Detail})";

            // A read service that is behind the relay's log comes nearer with its next transactions, also where the log
            // begins just behind a snapshot of its own. Another epoch is another history, unless it is just beginning.
            stopping.ThrowIfCancellationRequested();
            if (refused.StatusCode == StatusCode.FailedPrecondition)
            {
                throw CannotJoinYet(detail, reason, refused);
            }

            _joinAttempts = 0;
            throw NeedsSnapshot(reason, refused);
        }
    }

    /// <summary>
    /// Asks for the stream at the snapshot's position. A read service nearer to the primary than the relay is ahead of
    /// it by some milliseconds, each time anew: the relay is asked until it has got there, for a second.
    /// </summary>
    private async ValueTask<IReplicationSession> RequestWhenReachedAsync(LogPosition position, CancellationToken dial)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await RequestAsync(position, dial);
            }
            catch (RpcException ahead)
                when (ahead.StatusCode == StatusCode.FailedPrecondition && attempt < RequestsWhileBehind)
            {
                await Task.Delay(SnapshotTask.SettleStep, _time, dial).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                if (dial.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    private async ValueTask OpenSnapshotAsync(string detail, CancellationToken dial, CancellationToken stopping)
    {
        string target = _reader!.Target;
        try
        {
            if (!await _join!.OpenAsync(dial))
            {
                throw CannotJoin(detail, $"{target} is no node of this product, whose reads say their position", null);
            }
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.Unimplemented)
        {
            throw CannotJoin(detail, $"{target} has no read service", refused);
        }
        catch (RpcException refused)
            when (refused.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated)
        {
            throw CannotJoinYet(detail, $"{target} refuses the call ({refused.Status.Detail})", refused);
        }
        catch (Exception late) when (dial.IsCancellationRequested
            && late is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            stopping.ThrowIfCancellationRequested();
            throw CannotJoinYet(detail, $"{target} does not answer", late);
        }
        catch (Exception gone) when (FailureJudge.IsUnreachable(gone))
        {
            throw CannotJoinYet(detail, $"nothing answers at {target}", gone);
        }
        catch (RpcException refused)
        {
            throw SnapshotBrokeOff(refused);
        }
    }

    /// <summary>An attempt that failed may be an accident of the moment; so many in a row are none.</summary>
    private KevoException CannotJoinYet(string detail, string reason, Exception inner) =>
        ++_joinAttempts >= _options.MaxRetries
            ? CannotJoin(detail, reason, inner)
            : NeedsSnapshot(reason, inner);

    private ConnectionException NeedsSnapshot(string reason, Exception inner) => new(
        $"This node needs a snapshot, because the relay at {_connector.Target} no longer has its beginning, but "
        + $"{reason}.",
        inner);

    private ConnectionException SnapshotBrokeOff(RpcException why) => new(
        $"The snapshot of {_reader!.Target} broke off ({why.StatusCode}: {why.Status.Detail}) and is begun again.",
        why);

    private RetentionException CannotJoin(string detail, string reason, Exception? inner) => new(
        $"The relay at {_connector.Target} no longer has the beginning of its history, and this node holds nothing: "
        + $"{detail} A snapshot cannot take its place: {reason}. Let --primary-client name the read service "
        + "(--listen) of a node with the same history, the relay itself if it has one; or follow a relay that has it "
        + "all; or let this one keep more (--log-retention).",
        inner);

    /// <summary>The stream behind the snapshot is open: both must be of one history.</summary>
    private void CheckJoin(RelayAnnouncement relay)
    {
        LogPosition position = _join!.Position;
        if (relay.Epoch != position.Epoch || relay.LastSequence < position.Sequence)
        {
            throw new RetentionException(
                $"The snapshot of {_reader!.Target} is at {position}, but the relay {relay.NodeId} at "
                + $"{_connector.Target} ends at {new LogPosition(relay.Epoch, relay.LastSequence)}: they are of "
                + "different histories. Nothing was taken over; let --primary-client name the read service of a node "
                + "with the relay's history.");
        }

        _joinWitness = new JoinWitness(
            position, new PayloadDecoderOptions { MaxDecompressedBytes = _options.MaxDecompressedBytes });
        _joinTakenBytes = 0;
    }

    private bool JoinNeedsAttention() =>
        IsJoining && (_join!.IsDone || (!_join.IsBusy && _queue.Count > 0));

    /// <summary>Takes a step towards the end of the snapshot.</summary>
    private async ValueTask TendJoinAsync()
    {
        if (_join!.IsDone)
        {
            await TakeJoinAsync(_join);
        }
        else if (!_join.IsBusy && ReadJoinWitness())
        {
            StartJoin();
        }
    }

    /// <summary>
    /// Reads the transaction at the snapshot's position, which the stream begins with. What it came in stays: the log
    /// will begin with it, and the stream's order passes it over as old.
    /// </summary>
    private bool ReadJoinWitness()
    {
        while (_queue.TryDequeue(out ReceivedMessage received))
        {
            if (received.Message.Read().EntryCount == 0)
            {
                _counters.CountHeartbeat();
                received.Message.Dispose();
                continue;
            }

            _taken.Add(received);
            _joinTakenBytes += received.Message.Length;
            if (_joinWitness!.Read(received.Message))
            {
                return true;
            }

            if (_joinTakenBytes >= _options.ReceiveQueueBytes)
            {
                // What it leaves of its keys would be known at its end only.
                _joinWitness.Forget();
                return true;
            }
        }

        return false;
    }

    private void StartJoin()
    {
        Log.JoinWalks(_logger, _reader!.Target, _join!.Position, _joinWitness!.Keys);
        _join.Start(_joinWitness);
    }

    private async ValueTask TakeJoinAsync(JoinTask join)
    {
        LogPosition position = join.Position;
        using IStoreRebuild rebuild = await TakeSnapshotOfRelayAsync(join);
        for (int i = _takenNext; i < _taken.Count; i++)
        {
            _joinWitness!.Keep(_taken[i].Message, rebuild);
        }

        _joinWitness!.Dispose();
        _joinWitness = null;
        rebuild.Commit(position, setHistoryAside: false);
        _joining = false;
        _batches.ContinueFromStore();
        Positions.Restart(_batches.Durable);
        MeetSuccess();
        Log.Joined(_logger, position, rebuild.KeyCount, join.Progress.Bytes, join.Took.TotalSeconds);
    }

    private async ValueTask<IStoreRebuild> TakeSnapshotOfRelayAsync(JoinTask join)
    {
        try
        {
            return await join.TakeAsync();
        }
        catch (RpcException broken)
        {
            throw SnapshotBrokeOff(broken);
        }
    }

    private async ValueTask AbandonJoinAsync()
    {
        if (_join is not null)
        {
            await _join.AbandonAsync();
        }

        _joinWitness?.Dispose();
        _joinWitness = null;
    }
}
