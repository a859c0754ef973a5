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

    /// <summary>The last sequence the node information names.</summary>
    ulong? GetLastSequence();

    /// <summary>
    /// The next rows of a walk: some above <paramref name="after"/>, none at the end; null when it hangs.
    /// </summary>
    IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(byte[] after);
}
