using System.Buffers;
using Grpc.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire;

/// <summary>
/// The calls of the replication service as gRPC method objects, for a client's call invoker and for a server's method
/// provider. <c>StreamWAL</c> carries its responses as bytes; the others use the generated contracts.
/// </summary>
public static class ReplicationMethods
{
    /// <summary>Full name of the service.</summary>
    public const string ServiceName = "kevo.replication.WALReplicationService";

    /// <summary>
    /// The most bytes a message of this service may have: 16 MiB, the limit of stock primaries, plus 64 KiB for its
    /// frame. Set it as receive limit of channels and servers (the library's default of 4 MiB is too small).
    /// </summary>
    public const int MaxMessageBytes = (16 << 20) + (64 << 10);

    private const string StreamWalName = "StreamWAL";

    private static readonly Marshaller<WALStreamRequest> RequestMarshaller =
        ContractMarshaller.For(WALStreamRequest.Parser);

    /// <summary><c>Acknowledge</c>: everything up to a number is durable at the replica.</summary>
    public static Method<Ack, AckResponse> Acknowledge { get; } = new(
        MethodType.Unary,
        ServiceName,
        "Acknowledge",
        ContractMarshaller.For(Ack.Parser),
        ContractMarshaller.For(AckResponse.Parser));

    /// <summary><c>NegativeAcknowledge</c>: entries from a number on are missing.</summary>
    public static Method<Nack, NackResponse> NegativeAcknowledge { get; } = new(
        MethodType.Unary,
        ServiceName,
        "NegativeAcknowledge",
        ContractMarshaller.For(Nack.Parser),
        ContractMarshaller.For(NackResponse.Parser));

    /// <summary>
    /// <c>StreamWAL</c> for a client. Each response is copied once, unparsed, into a message of
    /// <paramref name="pool"/>, which the receiver disposes.
    /// </summary>
    public static Method<WALStreamRequest, StreamMessage> ReceiveStream(StreamMessagePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return new Method<WALStreamRequest, StreamMessage>(
            MethodType.ServerStreaming,
            ServiceName,
            StreamWalName,
            RequestMarshaller,
            Marshallers.Create<StreamMessage>(
                static (message, context) => WriteBytes(message.Span, context),
                context => pool.Copy(context.PayloadAsReadOnlySequence())));
    }

    /// <summary><c>StreamWAL</c> for a server that encodes its responses itself.</summary>
    public static Method<WALStreamRequest, EncodedResponse> SendStream { get; } = new(
        MethodType.ServerStreaming,
        ServiceName,
        StreamWalName,
        RequestMarshaller,
        Marshallers.Create<EncodedResponse>(
            static (response, context) => WriteBytes(response.Bytes.Span, context),
            static context => new EncodedResponse(context.PayloadAsNewBuffer())));

    private static void WriteBytes(ReadOnlySpan<byte> bytes, SerializationContext context)
    {
        context.SetPayloadLength(bytes.Length);
        context.GetBufferWriter().Write(bytes);
        context.Complete();
    }
}
