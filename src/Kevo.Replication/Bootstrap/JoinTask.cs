using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Replication.Receive;
using Kevo.Storage;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The snapshot of a node that is new to a relay whose log begins later: a walk over a read service that says which
/// position it reflects, written beside the loop as new content of the store. The loop opens it, starts it when the
/// stream is open at that position, is woken when it is done, and takes the result. Used by the loop only, where
/// nothing else is said.
/// </summary>
/// <param name="reader">Who is walked.</param>
/// <param name="store">What is filled; it holds no history.</param>
/// <param name="time">The clock.</param>
/// <param name="wakeLoop">Set when the walk is done.</param>
internal sealed class JoinTask(IPrimaryReader reader, IRebuildableStore store, TimeProvider time, Signal wakeLoop)
{
    /// <summary>Rows between two times that progress is shown.</summary>
    private const int RowsPerProgress = 256;

    private IPrimaryScan? _scan;
    private Task<IStoreRebuild>? _task;
    private CancellationTokenSource? _abandon;
    private volatile bool _done;
    private long _startedAt;
    private long _keys;
    private long _bytes;
    private TraceSpan _span;

    /// <summary>A walk is open, started or not, or its result not yet taken.</summary>
    public bool IsOpen => _scan is not null;

    /// <summary>The walk was started, and its result is not yet taken.</summary>
    public bool IsBusy => _task is not null;

    /// <summary>The result can be taken.</summary>
    public bool IsDone => _task is not null && _done;

    /// <summary>The position that the open walk reflects.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>Rows and bytes of the walk under way, or of the last one. Any thread.</summary>
    public (long Keys, long Bytes) Progress => (Interlocked.Read(ref _keys), Interlocked.Read(ref _bytes));

    /// <summary>How long the walk under way has taken so far; null while none is. Any thread.</summary>
    public TimeSpan? Walked => IsBusy && !_done ? time.GetElapsedTime(Interlocked.Read(ref _startedAt)) : null;

    /// <summary>How long the last walk took.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>
    /// Begins a walk. No row is asked for yet, but from here on all of them reflect <see cref="Position"/>.
    /// </summary>
    /// <returns>False when the read service does not say which position that is.</returns>
    /// <exception cref="ProtocolException">It says it in a form that is none.</exception>
    /// <exception cref="Grpc.Core.RpcException">The call failed.</exception>
    public async ValueTask<bool> OpenAsync(CancellationToken cancellationToken)
    {
        if (IsOpen)
        {
            throw new InvalidOperationException("A walk is still open.");
        }

        _keys = _bytes = 0;
        _scan = reader.Scan();
        if (await _scan.ReadPositionAsync(cancellationToken) is not { } position)
        {
            return false;
        }

        Position = position;
        return true;
    }

    /// <summary>Starts to write down the rows of the open walk.</summary>
    /// <param name="witness">What the rows must show; the caller's, and the walk's alone until it is done.</param>
    public void Start(JoinWitness witness)
    {
        _done = false;
        Interlocked.Exchange(ref _startedAt, time.GetTimestamp());
        _span = Spans.Start(SpanTable.Snapshot);
        if (_span.IsRecorded)
        {
            _span.Set(SpanAttributes.Reason, nameof(SnapshotReason.RelayBeginsLater));
        }

        witness.Seal();
        _abandon = new CancellationTokenSource();
        _task = RunAsync(_scan!, witness, _abandon.Token);
    }

    /// <summary>Takes the result, which the caller commits or disposes; throws what the walk failed with.</summary>
    public async ValueTask<IStoreRebuild> TakeAsync()
    {
        Task<IStoreRebuild> task = _task ?? throw new InvalidOperationException("No walk was started.");
        try
        {
            return await task;
        }
        catch (Exception failure) when (_span.FailAndPass(failure))
        {
            throw;
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    /// <summary>Ends a walk that is open and waits for its end; what it wrote is removed.</summary>
    public async ValueTask AbandonAsync()
    {
        if (_task is { } task)
        {
            _abandon!.Cancel();
            await ((Task)task).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (task.IsCompletedSuccessfully)
            {
                (await task).Dispose();
            }
        }

        await ReleaseAsync();
    }

    private async ValueTask ReleaseAsync()
    {
        if (_task is not null)
        {
            _span.Set(SpanAttributes.Keys, Progress.Keys).Set(SpanAttributes.Bytes, Progress.Bytes).Dispose();
            _span = default;
            _task = null;
            _abandon!.Dispose();
            _abandon = null;
        }

        if (_scan is { } scan)
        {
            _scan = null;
            await scan.DisposeAsync();
        }
    }

    private async Task<IStoreRebuild> RunAsync(
        IPrimaryScan scan, JoinWitness witness, CancellationToken cancellation)
    {
        IStoreRebuild? rebuild = null;
        bool whole = false;
        try
        {
            rebuild = store.BeginRebuild();
            byte[] lastKey = [];
            int lastLength = 0;
            while (await scan.MoveNextAsync(cancellation))
            {
                AddRow(scan, rebuild, witness, ref lastKey, ref lastLength);
            }

            witness.Complete();
            ShowProgress(rebuild);
            whole = true;
            return rebuild;
        }
        finally
        {
            if (!whole)
            {
                rebuild?.Dispose();
            }

            Took = time.GetElapsedTime(Interlocked.Read(ref _startedAt));
            _done = true;
            wakeLoop.Set();
        }
    }

    private void AddRow(
        IPrimaryScan scan, IStoreRebuild rebuild, JoinWitness witness, ref byte[] lastKey, ref int lastLength)
    {
        ReadOnlySpan<byte> key = scan.Key;
        if (key.SequenceCompareTo(lastKey.AsSpan(0, lastLength)) <= 0)
        {
            throw new ProtocolException(
                $"Row {rebuild.KeyCount + 1} of the walk over {reader.Target} does not come after the one before; it "
                + "cannot be trusted.");
        }

        rebuild.Add(key, scan.Value);
        witness.Meet(key, scan.Value);
        _bytes += key.Length + scan.Value.Length;
        lastKey = lastKey.Length < key.Length ? new byte[Math.Max(key.Length, 2 * lastKey.Length)] : lastKey;
        key.CopyTo(lastKey);
        lastLength = key.Length;
        if (rebuild.KeyCount % RowsPerProgress == 0)
        {
            ShowProgress(rebuild);
        }
    }

    private void ShowProgress(IStoreRebuild rebuild) => Interlocked.Exchange(ref _keys, rebuild.KeyCount);
}
