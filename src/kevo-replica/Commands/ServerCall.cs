using Grpc.Core;
using Kevo.Core;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary>A call of a server whose failure becomes an error with a name and an exit code.</summary>
internal static class ServerCall
{
    /// <summary>The call's result.</summary>
    /// <exception cref="ConnectionException">The server could not be reached.</exception>
    /// <exception cref="ProtocolException">It answered with an error.</exception>
    public static async Task<T> RunAsync<T>(HostPort server, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException error)
        {
            throw Judge(server, error);
        }
    }

    /// <summary>The error for a failed call.</summary>
    public static KevoException Judge(HostPort server, RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
            ? new ConnectionException(
                $"{server} cannot be reached: {error.Status.Detail} Check that a Kevo server listens there for "
                + "clients, and with or without TLS as asked.",
                error)
            : new ProtocolException($"{server} answered {error.StatusCode}: {error.Status.Detail}", error);
}
