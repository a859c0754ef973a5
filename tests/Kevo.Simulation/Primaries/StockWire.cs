using Google.Protobuf;
using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Simulation.Primaries;

/// <summary>One stream of the stock primary; what it sends before its headers are known waits for them.</summary>
internal sealed class StockWire(World world, ServerStream stream) : IStockStream
{
    private readonly List<byte[]> _early = [];
    private readonly int _before = stream.Losses;
    private RpcException? _earlyEnd;
    private bool _begun;

    public int UnsentBytes => stream.UnsentBytes;

    /// <summary>Whether what is sent arrives.</summary>
    public bool IsCarried => stream.IsCarried;

    /// <summary>
    /// Whether what was sent since the stream was opened may not have arrived when it should: nothing arrives, or a
    /// packet was lost and the way is far. On a near one whatever is lost is repeated in time, because a node sees to
    /// it that something follows.
    /// </summary>
    public bool IsDisturbed => !IsCarried || (stream.Losses > _before && !stream.IsNear);

    /// <summary>Sends the headers, and what was sent before them.</summary>
    public void Begin(string sessionId)
    {
        _begun = true;
        stream.SendHeaders(new SessionHeaders(sessionId, null));
        _early.ForEach(stream.Send);
        if (_earlyEnd is not null)
        {
            stream.End(_earlyEnd);
        }
    }

    public void Send(WALStreamResponse message)
    {
        byte[] bytes = message.ToByteArray();
        world.Note("stock", "sends", message.Entries.Count);
        if (_begun)
        {
            stream.Send(bytes);
        }
        else
        {
            _early.Add(bytes);
        }
    }

    public void End(Status status)
    {
        var error = new RpcException(status);
        if (_begun)
        {
            stream.End(error);
        }
        else
        {
            _earlyEnd = error;
        }
    }
}
