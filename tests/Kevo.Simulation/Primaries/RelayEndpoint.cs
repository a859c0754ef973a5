using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Storage;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Simulation.Primaries;

/// <summary>
/// Puts the real <see cref="RelayService"/> behind the simulated network, as gRPC does behind the real one.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="service">The relay.</param>
/// <param name="log">The log it serves.</param>
/// <param name="diskFailed">Told what is said when a stream ends because the log cannot be read.</param>
internal sealed class RelayEndpoint(
    World world, RelayService service, ILogSource log, Action<string>? diskFailed = null)
{
    private const string UnknownSession = "Unknown session";

    /// <summary>What a node that asks is told of the log's end.</summary>
    public ulong LastSequence => log.Durable.Sequence;

    /// <summary>Serves a stream until it ends.</summary>
    public void OpenStream(SessionRequest request, ServerStream stream) => _ = ServeAsync(request, stream);

    /// <summary>Answers an acknowledgement.</summary>
    public CallReply? Acknowledge(string? session, ulong sequence)
    {
        AckResponse answer = service.Acknowledge(new Ack { AcknowledgedUpTo = sequence }, HeadersOf(session));
        if (!answer.Success && answer.Message != UnknownSession)
        {
            // A node acknowledges nothing but what came on the stream it names.
            throw world.Fail($"The relay refused an acknowledgement: {answer.Message}.");
        }

        return new CallReply(answer.Success, answer.Message);
    }

    /// <summary>Answers a negative acknowledgement.</summary>
    public CallReply? NegativeAcknowledge(string? session, ulong sequence)
    {
        NackResponse answer =
            service.NegativeAcknowledge(new Nack { MissingFromSequence = sequence }, HeadersOf(session));
        return new CallReply(answer.Success, answer.Message);
    }

    private static Metadata HeadersOf(string? session)
    {
        Metadata headers = [];
        if (session is not null)
        {
            headers.Add(RelayHeaders.SessionId, session);
        }

        return headers;
    }

    private async Task ServeAsync(SessionRequest request, ServerStream stream)
    {
        Metadata headers = [];
        if (request.NodeId.Length > 0)
        {
            new ReplicaAnnouncement(request.NodeId, request.Epoch).WriteTo(headers);
        }

        var message = new WALStreamRequest
        {
            StartSequence = request.StartSequence,
            ProtocolVersion = request.ProtocolVersion,
            CompressionSupported = request.CompressionSupported,
            PreferredCodec = request.PreferredCodec,
            ListenerAddress = request.ListenerAddress,
        };
        try
        {
            await service.ServeAsync(message, headers, "simulated", new Output(stream), stream.Left);
            stream.End(null);
        }
        catch (RpcException error)
        {
            if (error.StatusCode == StatusCode.DataLoss)
            {
                diskFailed?.Invoke(error.Status.Detail);
            }

            world.Note("relay", "ends a stream", (long)error.StatusCode);
            stream.End(error);
        }
        catch (OperationCanceledException) when (stream.Left.IsCancellationRequested)
        {
            stream.End(Connection.Unavailable("the client left"));
        }
        catch (KevoException error)
        {
            throw world.Fail($"The relay let an error of its own out of a stream: {error.Message}", error);
        }
    }

    private sealed class Output(ServerStream stream) : IRelayOutput
    {
        public Task WriteHeadersAsync(Metadata headers)
        {
            stream.SendHeaders(new SessionHeaders(
                RelayHeaders.ReadSessionId(headers), RelayAnnouncement.Read(headers)));
            return Task.CompletedTask;
        }

        public Task WriteAsync(EncodedResponse message, CancellationToken cancellationToken) =>
            stream.WriteAsync(message.Bytes.ToArray(), cancellationToken);
    }
}
