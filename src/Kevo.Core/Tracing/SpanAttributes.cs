namespace Kevo.Core.Tracing;

/// <summary>The names of what spans carry; OpenTelemetry's own where it has one.</summary>
public static class SpanAttributes
{
    /// <summary>The reason of a failure in one word (<see cref="KevoException.Reason"/>).</summary>
    public const string ErrorType = "error.type";

    /// <summary>HOST:PORT of the primary or relay.</summary>
    public const string ServerAddress = "server.address";

    /// <summary>Who called.</summary>
    public const string ClientAddress = "client.address";

    /// <summary>Always <c>grpc</c>.</summary>
    public const string RpcSystem = "rpc.system";

    /// <summary>The gRPC service.</summary>
    public const string RpcService = "rpc.service";

    /// <summary>The gRPC method.</summary>
    public const string RpcMethod = "rpc.method";

    /// <summary>The gRPC status, a number.</summary>
    public const string RpcStatus = "rpc.grpc.status_code";

    /// <summary>How a primary is followed.</summary>
    public const string Mode = "kevo.mode";

    /// <summary>The id both sides use for a stream.</summary>
    public const string Session = "kevo.session";

    /// <summary>The position reached, <c>epoch:sequence</c>.</summary>
    public const string Position = "kevo.position";

    /// <summary>Why something was done.</summary>
    public const string Reason = "kevo.reason";

    /// <summary>Operations gone through.</summary>
    public const string Entries = "kevo.entries";

    /// <summary>Keys gone through.</summary>
    public const string Keys = "kevo.keys";

    /// <summary>Bytes gone through.</summary>
    public const string Bytes = "kevo.bytes";

    /// <summary>Bytes written to disk.</summary>
    public const string WrittenBytes = "kevo.written";

    /// <summary>Tables read or made.</summary>
    public const string Tables = "kevo.tables";

    /// <summary>Differences found.</summary>
    public const string Changes = "kevo.changes";
}
