using System.Text;
using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>
/// The read service of a node: walks over one state, of one position, row by row as the test lets them.
/// </summary>
internal sealed class SnapshotReader : IPrimaryReader
{
    private TaskCompletionSource? _gate;

    public string Target => "scripted reader";

    /// <summary>What the next walk reflects; null for a service that does not say it.</summary>
    public LogPosition? Position { get; set; }

    /// <summary>What the next walk shows.</summary>
    public SortedDictionary<byte[], byte[]> Content { get; } = new(ByteOrder.Instance);

    /// <summary>Thrown by the next walks when they are opened, in order.</summary>
    public Queue<Exception> OpenFaults { get; } = new();

    /// <summary>Thrown by every walk when it is opened.</summary>
    public Exception? OpenFault { get; set; }

    /// <summary>Never answers while true.</summary>
    public bool Blackhole { get; set; }

    /// <summary>Thrown by the walk under way after so many rows.</summary>
    public (int Rows, Exception Fault)? RowFault { get; set; }

    /// <summary>The walk gives its rows in descending order.</summary>
    public bool Descends { get; set; }

    public int Opened { get; private set; }

    public int Open { get; private set; }

    public bool IsDisposed { get; private set; }

    public void Put(string key, string value) => Content[Encoding.UTF8.GetBytes(key)] = Encoding.UTF8.GetBytes(value);

    /// <summary>Walks stop before their next row until <see cref="GoOn"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource();

    public void GoOn()
    {
        TaskCompletionSource? gate = _gate;
        _gate = null;
        gate?.SetResult();
    }

    public ValueTask<PrimaryAnswer> AskAsync(ulong acknowledged, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nobody asks a node behind a relay for its number.");

    public IPrimaryScan Scan() => new Walk(this);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private sealed class Walk : IPrimaryScan
    {
        private readonly SnapshotReader _reader;
        private readonly KeyValuePair<byte[], byte[]>[] _rows;
        private int _next;

        public Walk(SnapshotReader reader)
        {
            _reader = reader;
            _rows = reader.Descends ? [.. reader.Content.Reverse()] : [.. reader.Content];
            reader.Opened++;
            reader.Open++;
        }

        public ReadOnlySpan<byte> Key => _rows[_next - 1].Key;

        public ReadOnlySpan<byte> Value => _rows[_next - 1].Value;

        public async ValueTask<LogPosition?> ReadPositionAsync(CancellationToken cancellationToken)
        {
            if (_reader.Blackhole)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            if (_reader.OpenFaults.TryDequeue(out Exception? fault) || (fault = _reader.OpenFault) is not null)
            {
                throw fault;
            }

            return _reader.Position;
        }

        public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            while (_reader._gate is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            if (_reader.RowFault is { } planned && planned.Rows == _next)
            {
                _reader.RowFault = null;
                throw planned.Fault;
            }

            return _next++ < _rows.Length;
        }

        public ValueTask DisposeAsync()
        {
            _reader.Open--;
            return ValueTask.CompletedTask;
        }
    }
}
