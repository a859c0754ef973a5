using Kevo.Core;
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

    private readonly BackgroundWalk<IStoreRebuild> _walk = new(time, wakeLoop);
    private IPrimaryScan? _scan;

    /// <summary>A walk is open, started or not, or its result not yet taken.</summary>
    public bool IsOpen => _scan is not null;

    /// <inheritdoc cref="BackgroundWalk{TResult}.IsBusy"/>
    public bool IsBusy => _walk.IsBusy;

    /// <inheritdoc cref="BackgroundWalk{TResult}.IsDone"/>
    public bool IsDone => _walk.IsDone;

    /// <summary>The position that the open walk reflects.</summary>
    public LogPosition Position { get; private set; }

    /// <inheritdoc cref="BackgroundWalk{TResult}.Progress"/>
    public (long Keys, long Bytes) Progress => _walk.Progress;

    /// <inheritdoc cref="BackgroundWalk{TResult}.Walked"/>
    public TimeSpan? Walked => _walk.Walked;

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

        _walk.ShowProgress(0, 0);
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
        IPrimaryScan scan = _scan!;
        witness.Seal();
        _walk.Start(SnapshotReason.RelayBeginsLater, cancellation => RunAsync(scan, witness, cancellation));
    }

    /// <summary>Takes the result, which the caller commits or disposes; throws what the walk failed with.</summary>
    public async ValueTask<IStoreRebuild> TakeAsync()
    {
        try
        {
            return await _walk.TakeAsync();
        }
        finally
        {
            await CloseAsync();
        }
    }

    /// <summary>Ends a walk that is open and waits for its end; what it wrote is removed.</summary>
    public async ValueTask AbandonAsync()
    {
        await _walk.AbandonAsync();
        await CloseAsync();
    }

    private async ValueTask CloseAsync()
    {
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
            var keys = new AscendingKeys();
            long bytes = 0;
            while (await scan.MoveNextAsync(cancellation))
            {
                bytes += AddRow(scan, rebuild, witness, keys);
                if (rebuild.KeyCount % RowsPerProgress == 0)
                {
                    _walk.ShowProgress(rebuild.KeyCount, bytes);
                }
            }

            witness.Complete();
            _walk.ShowProgress(rebuild.KeyCount, bytes);
            whole = true;
            return rebuild;
        }
        finally
        {
            if (!whole)
            {
                rebuild?.Dispose();
            }

            Took = time.GetElapsedTime(_walk.StartedAt);
        }
    }

    // Bytes of the row.
    private int AddRow(IPrimaryScan scan, IStoreRebuild rebuild, JoinWitness witness, AscendingKeys keys)
    {
        ReadOnlySpan<byte> key = scan.Key;
        if (!keys.TryMove(key))
        {
            throw new ProtocolException(
                $"Row {rebuild.KeyCount + 1} of the walk over {reader.Target} does not come after the one before; it "
                + "cannot be trusted.");
        }

        rebuild.Add(key, scan.Value);
        witness.Meet(key, scan.Value);
        return key.Length + scan.Value.Length;
    }
}
