using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>A walk over the primary's keys, a few rows at a time, while the primary goes on.</summary>
internal sealed class SimulatedScan(Process client, Link link, IServer server) : IPrimaryScan
{
    private readonly Queue<KeyValuePair<byte[], byte[]>> _rows = new();
    private Connection? _connection;
    private LogPosition? _position;
    private byte[] _key = [];
    private byte[] _value = [];

    public ReadOnlySpan<byte> Key => _key;

    public ReadOnlySpan<byte> Value => _value;

    public async ValueTask<LogPosition?> ReadPositionAsync(CancellationToken cancellationToken)
    {
        _connection = await SimulatedConnector.DialAsync(client, link, server, cancellationToken);
        _position = await UnaryCall.AskAsync(
            _connection, () => (true, server.BeginScan(_connection)), cancellationToken);
        return _position;
    }

    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (_rows.Count == 0)
        {
            _connection ??= await SimulatedConnector.DialAsync(client, link, server, cancellationToken);
            byte[] after = _key;
            IReadOnlyList<KeyValuePair<byte[], byte[]>> rows =
                await UnaryCall.AskAsync(_connection, () => Rows(after), cancellationToken);
            foreach (KeyValuePair<byte[], byte[]> row in rows)
            {
                _rows.Enqueue(row);
            }
        }

        if (!_rows.TryDequeue(out KeyValuePair<byte[], byte[]> next))
        {
            link.World.Counters.SnapshotsOfNodes += _position is null ? 0 : 1;
            return false;
        }

        (_key, _value) = next;
        return true;
    }

    public ValueTask DisposeAsync()
    {
        _connection?.Close();
        return ValueTask.CompletedTask;
    }

    private (bool Answered, IReadOnlyList<KeyValuePair<byte[], byte[]>> Rows) Rows(byte[] after)
    {
        IReadOnlyList<KeyValuePair<byte[], byte[]>>? rows = server.ScanAfter(_connection!, after);
        return (rows is not null, rows ?? []);
    }
}
