using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>
/// A primary as the network reaches it. Every member is called inside <see cref="Process"/>. A null answer never
/// comes; errors are <see cref="Grpc.Core.RpcException"/>.
/// </summary>
internal interface IServer
{
    /// <summary>The process that listens now; null while nobody does.</summary>
    Process? Process { get; }

    /// <summary>Begins a stream.</summary>
    void OpenStream(SessionRequest request, ServerStream stream);

    /// <summary>An acknowledgement.</summary>
    CallReply? Acknowledge(string? session, ulong sequence);

    /// <summary>A negative acknowledgement.</summary>
    CallReply? NegativeAcknowledge(string? session, ulong sequence);

    /// <summary>Whether it is a relay, which it says in the headers of every answer.</summary>
    bool IsRelay { get; }

    /// <summary>
    /// The last sequence the node information names, and whether it lists a session that acknowledged the number.
    /// </summary>
    PrimaryAnswer? Ask(ulong acknowledged);

    /// <summary>
    /// Begins the walk on a connection; the position that it reflects, null when the server says none.
    /// </summary>
    LogPosition? BeginScan(Connection connection) => null;

    /// <summary>
    /// The next rows of the walk on a connection: some above <paramref name="after"/>, none at the end; null when it
    /// hangs.
    /// </summary>
    IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(Connection connection, byte[] after);
}
