using Grpc.Core;
using Kevo.Core;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Storage;

namespace Kevo.Simulation.Primaries;

/// <summary>A node that serves its log and its reads, as the nodes behind it reach it.</summary>
internal sealed class NodeServer(Node node) : RelayedServer
{
    private readonly Dictionary<Connection, ISnapshot> _views = [];

    public override Machine Machine => node.Machine;

    protected override RelayEndpoint? Endpoint => node.Endpoint;

    // The question may arrive twice; the answer is the same.
    public override LogPosition? BeginScan(Connection connection)
    {
        if (!_views.TryGetValue(connection, out ISnapshot? view))
        {
            view = node.Store!.OpenSnapshot();
            _views.Add(connection, view);
            connection.OnServerBreak(() => EndScan(connection));
        }

        return view.Position;
    }

    public override IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(Connection connection, byte[] after)
    {
        try
        {
            using IEntryCursor rows = _views[connection].Scan([.. after, 0], default);
            List<KeyValuePair<byte[], byte[]>> next = [];
            for (int most = node.World.Random.Next(1, 40); most > 0 && rows.MoveNext(); most--)
            {
                next.Add(new(rows.Key.ToArray(), rows.Value.ToArray()));
            }

            return next;
        }
        catch (StorageException damage)
        {
            node.MeetStreamFailure(damage.Message);
            throw new RpcException(new Status(StatusCode.DataLoss, damage.Message));
        }
    }

    private void EndScan(Connection connection)
    {
        if (_views.Remove(connection, out ISnapshot? view) && connection.Server.IsAlive)
        {
            view.Dispose();
        }
    }
}
