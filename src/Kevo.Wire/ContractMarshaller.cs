using System.Buffers;
using Google.Protobuf;
using Grpc.Core;

namespace Kevo.Wire;

/// <summary>Marshallers for the generated contracts, without an intermediate array on either side.</summary>
internal static class ContractMarshaller
{
    /// <summary>A marshaller for one contract.</summary>
    public static Marshaller<T> For<T>(MessageParser<T> parser)
        where T : IMessage<T>, IBufferMessage =>
        Marshallers.Create<T>(Serialize, context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static void Serialize<T>(T message, SerializationContext context)
        where T : IMessage<T>, IBufferMessage
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
