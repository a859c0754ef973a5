using Google.Protobuf;
using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>
/// The methods of <c>kevo.KevoService</c> as the server binds them: requests and small answers through the generated
/// messages, values and rows through types that write store memory without a generated message in between.
/// </summary>
internal static class KevoMethods
{
    /// <summary>The service's name on the wire.</summary>
    public const string Service = "kevo.KevoService";

    private static readonly Marshaller<ValueAnswer> ValueAnswers = Outgoing<ValueAnswer>(ValueAnswer.Serialize);
    private static readonly Marshaller<ScanRow> ScanRows = Outgoing<ScanRow>(ScanRow.Serialize);

    public static readonly Method<GetRequest, ValueAnswer> Get = Unary(RpcKind.Get, GetRequest.Parser, ValueAnswers);

    public static readonly Method<PutRequest, PutResponse> Put =
        Unary(RpcKind.Put, PutRequest.Parser, Messages(PutResponse.Parser));

    public static readonly Method<DeleteRequest, DeleteResponse> Delete =
        Unary(RpcKind.Delete, DeleteRequest.Parser, Messages(DeleteResponse.Parser));

    public static readonly Method<BatchWriteRequest, BatchWriteResponse> BatchWrite =
        Unary(RpcKind.BatchWrite, BatchWriteRequest.Parser, Messages(BatchWriteResponse.Parser));

    public static readonly Method<ScanRequest, ScanRow> Scan = Streaming(RpcKind.Scan, ScanRequest.Parser);

    public static readonly Method<BeginTransactionRequest, BeginTransactionResponse> BeginTransaction =
        Unary(RpcKind.BeginTransaction, BeginTransactionRequest.Parser, Messages(BeginTransactionResponse.Parser));

    public static readonly Method<CommitTransactionRequest, CommitTransactionResponse> CommitTransaction =
        Unary(RpcKind.CommitTransaction, CommitTransactionRequest.Parser, Messages(CommitTransactionResponse.Parser));

    public static readonly Method<RollbackTransactionRequest, RollbackTransactionResponse> RollbackTransaction =
        Unary(
            RpcKind.RollbackTransaction,
            RollbackTransactionRequest.Parser,
            Messages(RollbackTransactionResponse.Parser));

    public static readonly Method<TxGetRequest, ValueAnswer> TxGet =
        Unary(RpcKind.TxGet, TxGetRequest.Parser, ValueAnswers);

    public static readonly Method<TxPutRequest, TxPutResponse> TxPut =
        Unary(RpcKind.TxPut, TxPutRequest.Parser, Messages(TxPutResponse.Parser));

    public static readonly Method<TxDeleteRequest, TxDeleteResponse> TxDelete =
        Unary(RpcKind.TxDelete, TxDeleteRequest.Parser, Messages(TxDeleteResponse.Parser));

    public static readonly Method<TxScanRequest, ScanRow> TxScan = Streaming(RpcKind.TxScan, TxScanRequest.Parser);

    public static readonly Method<GetStatsRequest, GetStatsResponse> GetStats =
        Unary(RpcKind.GetStats, GetStatsRequest.Parser, Messages(GetStatsResponse.Parser));

    public static readonly Method<CompactRequest, CompactResponse> Compact =
        Unary(RpcKind.Compact, CompactRequest.Parser, Messages(CompactResponse.Parser));

    public static readonly Method<GetNodeInfoRequest, GetNodeInfoResponse> GetNodeInfo =
        Unary(RpcKind.GetNodeInfo, GetNodeInfoRequest.Parser, Messages(GetNodeInfoResponse.Parser));

    private static Method<TRequest, TResponse> Unary<TRequest, TResponse>(
        RpcKind kind, MessageParser<TRequest> parser, Marshaller<TResponse> responses)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class =>
        new(MethodType.Unary, Service, kind.ToString(), Messages(parser), responses);

    private static Method<TRequest, ScanRow> Streaming<TRequest>(RpcKind kind, MessageParser<TRequest> parser)
        where TRequest : class, IMessage<TRequest> =>
        new(MethodType.ServerStreaming, Service, kind.ToString(), Messages(parser), ScanRows);

    private static Marshaller<T> Messages<T>(MessageParser<T> parser)
        where T : class, IMessage<T> =>
        new(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static Marshaller<T> Outgoing<T>(Action<T, SerializationContext> serialize) =>
        new(serialize, static _ => throw new NotSupportedException("This message is only ever sent."));
}
