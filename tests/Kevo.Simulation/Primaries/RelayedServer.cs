using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;

namespace Kevo.Simulation.Primaries;

/// <summary>A log of a process on a machine, served by the real relay while the process lives.</summary>
internal abstract class RelayedServer : IServer
{
    /// <summary>Where it runs.</summary>
    public abstract Machine Machine { get; }

    /// <summary>What serves; null while nobody does.</summary>
    protected abstract RelayEndpoint? Endpoint { get; }

    public Process? Process => Machine.IsUp && Endpoint is not null ? Machine.Process : null;

    public void OpenStream(SessionRequest request, ServerStream stream) => Endpoint!.OpenStream(request, stream);

    public CallReply? Acknowledge(string? session, ulong sequence) => Endpoint!.Acknowledge(session, sequence);

    public CallReply? NegativeAcknowledge(string? session, ulong sequence) =>
        Endpoint!.NegativeAcknowledge(session, sequence);

    public bool IsRelay => true;

    public PrimaryAnswer? Ask(ulong acknowledged) => new PrimaryAnswer(Endpoint!.LastSequence, ListsSession: false);

    public virtual LogPosition? BeginScan(Connection connection) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, "a relay has no keys"));

    public virtual IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(Connection connection, byte[] after) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, "a relay has no keys"));
}
