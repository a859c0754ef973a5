using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;

namespace Kevo.Server.Reads;

/// <summary>
/// Binds the methods of the client service to one service object, without reflection and without creating an object or
/// a dependency scope per call.
/// </summary>
internal sealed class KevoServiceBinding(KevoReadService service, RpcBoundary boundary)
    : IServiceMethodProvider<KevoReadService>
{
    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<KevoReadService> context)
    {
        Unary(context, RpcKind.Get, KevoMethods.Get, service.GetAsync);
        Unary(context, RpcKind.Put, KevoMethods.Put, service.PutAsync);
        Unary(context, RpcKind.Delete, KevoMethods.Delete, service.DeleteAsync);
        Unary(context, RpcKind.BatchWrite, KevoMethods.BatchWrite, service.BatchWriteAsync);
        Streaming(context, RpcKind.Scan, KevoMethods.Scan, (request, _, call) => service.ScanAsync(request, call));
        Unary(context, RpcKind.BeginTransaction, KevoMethods.BeginTransaction, service.BeginAsync);
        Unary(context, RpcKind.CommitTransaction, KevoMethods.CommitTransaction, service.CommitAsync);
        Unary(context, RpcKind.RollbackTransaction, KevoMethods.RollbackTransaction, service.RollbackAsync);
        Unary(context, RpcKind.TxGet, KevoMethods.TxGet, service.TxGetAsync);
        Unary(context, RpcKind.TxPut, KevoMethods.TxPut, service.TxPutAsync);
        Unary(context, RpcKind.TxDelete, KevoMethods.TxDelete, service.TxDeleteAsync);
        Streaming(context, RpcKind.TxScan, KevoMethods.TxScan, service.TxScanAsync);
        Unary(context, RpcKind.GetStats, KevoMethods.GetStats, service.GetStatsAsync);
        Unary(context, RpcKind.Compact, KevoMethods.Compact, service.CompactAsync);
        Unary(context, RpcKind.GetNodeInfo, KevoMethods.GetNodeInfo, service.GetNodeInfoAsync);
    }

    /// <summary>gRPC answers POST only; the framework leaves saying so to whoever binds.</summary>
    private static List<object> Metadata() => [new HttpMethodMetadata(["POST"], acceptCorsPreflight: true)];

    private void Unary<TRequest, TResponse>(
        ServiceMethodProviderContext<KevoReadService> context,
        RpcKind kind,
        Method<TRequest, TResponse> method,
        Func<TRequest, ServerCallContext, Task<TResponse>> handler)
        where TRequest : class
        where TResponse : class =>
        context.AddUnaryMethod(
            method, Metadata(), (_, request, call) => boundary.RunAsync(kind, handler, request, call));

    private void Streaming<TRequest>(
        ServiceMethodProviderContext<KevoReadService> context,
        RpcKind kind,
        Method<TRequest, ScanRow> method,
        Func<TRequest, IServerStreamWriter<ScanRow>, ServerCallContext, Task> handler)
        where TRequest : class =>
        context.AddServerStreamingMethod(
            method, Metadata(), (_, request, stream, call) => boundary.RunAsync(kind, handler, request, stream, call));
}
