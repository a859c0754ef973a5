using Grpc.Core;
using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>Which status the replica gets for which error here.</summary>
internal static class RelayFaults
{
    public static RpcException ToRpcException(KevoException error)
    {
        StatusCode code = error.Kind switch
        {
            ErrorKind.Retention => StatusCode.OutOfRange,
            ErrorKind.Divergence => StatusCode.FailedPrecondition,
            ErrorKind.Protocol or ErrorKind.Configuration => StatusCode.InvalidArgument,
            ErrorKind.Storage => StatusCode.DataLoss,
            _ => StatusCode.Internal,
        };
        return new RpcException(new Status(code, error.Message));
    }
}
