using Grpc.Core;

namespace Kevo.Server.Reads;

/// <summary>
/// Every refusal of the client service. Codes and texts are those of stock Kevo where it has them, because clients
/// match on them; the read-only answer is the one that sends stock clients to the primary.
/// </summary>
internal static class Refusals
{
    public static RpcException InvalidKeySize() => Unknown("invalid key size");

    public static RpcException ValueTooLarge() => Unknown("value too large");

    public static RpcException BatchTooLarge() =>
        Unknown($"batch size exceeds maximum allowed ({RequestRules.MaxBatchOperations})");

    public static RpcException InvalidKeySizeInBatch() => Unknown("invalid key size in batch operation");

    public static RpcException ValueTooLargeInBatch() => Unknown("value too large in batch operation");

    public static RpcException UnknownOperation() => Unknown("unknown operation type");

    public static RpcException TransactionNotFound(string id) => Unknown($"transaction not found: {id}");

    public static RpcException CannotWriteInReadOnly() => Unknown("cannot write to read-only transaction");

    public static RpcException CannotDeleteInReadOnly() => Unknown("cannot delete in read-only transaction");

    public static RpcException ReadOnlyReplica(string primaryAddress) => new(new Status(
        StatusCode.FailedPrecondition,
        // Nothing may follow the address: clients take everything up to the next white space.
        primaryAddress.Length == 0
            ? "engine is in read-only mode (replica)"
            : $"engine is in read-only mode (replica); primary node at {primaryAddress}"));

    public static RpcException TooManyTransactions(int limit) => new(new Status(
        StatusCode.ResourceExhausted,
        $"{limit} transactions are open, which is this replica's limit; commit or roll back some, "
        + "or wait for them to expire"));

    public static RpcException TooManyRequests(int perSecond) => new(new Status(
        StatusCode.ResourceExhausted,
        $"this replica's limit of {perSecond} requests per second is reached; retry later"));

    public static RpcException Stopping() => new(new Status(StatusCode.Unavailable, "the replica is stopping"));

    private static RpcException Unknown(string detail) => new(new Status(StatusCode.Unknown, detail));
}
