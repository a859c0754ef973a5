using Grpc.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Stock;

/// <summary>Where the simulated primary writes the messages of one stream: a socket, or a simulated network.</summary>
public interface IStockStream
{
    /// <summary>Bytes sent that the other side has not taken yet.</summary>
    int UnsentBytes { get; }

    /// <summary>Sends a message. Must not block and must not call back into the model.</summary>
    void Send(WALStreamResponse message);

    /// <summary>Ends the stream with a status after everything sent before. Must not block or call back.</summary>
    void End(Status status);
}
