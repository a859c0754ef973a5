using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Testing;

/// <summary>
/// A complete store in memory behind the seams of Kevo.Storage: whole batches become visible at once, snapshots are
/// stable, nothing is durable. Every snapshot is an immutable map, so it is right by construction and slow.
/// </summary>
public sealed class MemoryStore : IWalApplier, IKeyValueStore
{
    private static readonly ImmutableSortedDictionary<byte[], byte[]> Empty =
        ImmutableSortedDictionary.Create<byte[], byte[]>(ByteOrder.Instance);

    private readonly Lock _access = new();
    private readonly List<(LogPosition Position, TaskCompletionSource Reached)> _waiters = [];
    private ImmutableSortedDictionary<byte[], byte[]>.Builder? _open;
    private ImmutableSortedDictionary<byte[], byte[]> _content = Empty;
    private LogPosition _visible;
    private LogPosition _pending;
    private int _openSnapshots;
    private int _renewals;

    /// <summary>Most snapshots open at once.</summary>
    public int MaxSnapshots { get; set; } = int.MaxValue;

    /// <summary>Snapshots open now; 0 when every reader has cleaned up.</summary>
    public int OpenSnapshots => Volatile.Read(ref _openSnapshots);

    /// <summary>How often a snapshot was said to be in good use.</summary>
    public int Renewals => Volatile.Read(ref _renewals);

    /// <summary>What looking a key up throws, if not null; to play a corrupt table.</summary>
    public Exception? ReadFailure { get; set; }

    /// <inheritdoc/>
    public LogPosition Durable => Visible;

    /// <inheritdoc/>
    public LogPosition Visible
    {
        get
        {
            lock (_access)
            {
                return _visible;
            }
        }
    }

    /// <summary>Begins a new history at the given position, as a resynchronisation does; the content stays.</summary>
    public void BeginEpoch(ulong epoch, ulong sequence) => Publish(_content, new LogPosition(epoch, sequence));

    /// <summary>Puts one key as a transaction of its own; returns the position.</summary>
    public LogPosition Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte[] keyCopy = key.ToArray();
        byte[] valueCopy = value.ToArray();
        return Transact(content => content[keyCopy] = valueCopy);
    }

    /// <summary>Deletes one key as a transaction of its own; returns the position.</summary>
    public LogPosition Delete(ReadOnlySpan<byte> key)
    {
        byte[] keyCopy = key.ToArray();
        return Transact(content => content.Remove(keyCopy));
    }

    /// <summary>Makes all changes of one transaction visible together; returns its position.</summary>
    public LogPosition Transact(Action<ImmutableSortedDictionary<byte[], byte[]>.Builder> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ImmutableSortedDictionary<byte[], byte[]>.Builder builder = _content.ToBuilder();
        changes(builder);
        LogPosition position = new(Math.Max(1, _visible.Epoch), _visible.Sequence + 1);
        Publish(builder.ToImmutable(), position);
        return position;
    }

    /// <inheritdoc/>
    public void Apply(in WalEntry entry)
    {
        _open ??= _content.ToBuilder();
        if (entry.Operation == Operation.Delete)
        {
            _open.Remove(entry.Key.ToArray());
        }
        else
        {
            _open[entry.Key.ToArray()] = entry.Value.ToArray();
        }

        _pending = new LogPosition(Math.Max(1, _visible.Epoch), entry.Sequence);
    }

    /// <inheritdoc/>
    public void Sync()
    {
        if (_open is not null)
        {
            Publish(_open.ToImmutable(), _pending);
            _open = null;
        }
    }

    /// <inheritdoc/>
    public void Discard() => _open = null;

    /// <inheritdoc/>
    public ISnapshot OpenSnapshot()
    {
        lock (_access)
        {
            if (_openSnapshots >= MaxSnapshots)
            {
                throw new StorageException(
                    StorageFault.LimitExceeded, $"{MaxSnapshots} snapshots are open, which is the limit.");
            }

            _openSnapshots++;
            return new MemorySnapshot(this, _content, _visible);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WaitForVisibleAsync(LogPosition position, CancellationToken cancellationToken)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_access)
        {
            if (_visible >= position)
            {
                return;
            }

            _waiters.Add((position, reached));
        }

        using (cancellationToken.Register(() => reached.TrySetCanceled(cancellationToken)))
        {
            await reached.Task;
        }
    }

    /// <inheritdoc/>
    public StoreStatistics GetStatistics()
    {
        ImmutableSortedDictionary<byte[], byte[]> content = _content;
        return new StoreStatistics
        {
            EstimatedKeyCount = content.Count,
            EstimatedDataBytes = content.Sum(entry => (long)entry.Key.Length + entry.Value.Length),
            MemtableCount = 1,
            RunCount = 2,
            OpenSnapshots = OpenSnapshots,
        };
    }

    internal void CountRenewal() => Interlocked.Increment(ref _renewals);

    internal void Release() => Interlocked.Decrement(ref _openSnapshots);

    private void Publish(ImmutableSortedDictionary<byte[], byte[]> content, LogPosition position)
    {
        lock (_access)
        {
            _content = content;
            _visible = position;
            for (int each = _waiters.Count - 1; each >= 0; each--)
            {
                if (_waiters[each].Position <= position)
                {
                    _waiters[each].Reached.TrySetResult();
                    _waiters.RemoveAt(each);
                }
            }
        }
    }
}
