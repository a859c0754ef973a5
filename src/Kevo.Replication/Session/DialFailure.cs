using System.Diagnostics.CodeAnalysis;
using System.Net.Http;
using System.Security.Authentication;
using Grpc.Core;
using Kevo.Core;

namespace Kevo.Replication.Session;

/// <summary>
/// Says in the operator's words why a peer that accepted the connection did not become a gRPC stream: mostly it is the
/// wrong port, or TLS on one side only.
/// </summary>
internal static class DialFailure
{
    /// <summary>
    /// Explains a failure of the first call on a new connection; false when its own text says enough.
    /// </summary>
    public static bool TryExplain(
        RpcException call, string target, bool tls, [NotNullWhen(true)] out ConnectionException? explained)
    {
        // The deepest cause that says something wins: those around it are only told that something went wrong.
        explained = null;
        for (Exception? at = call.Status.DebugException; at is not null; at = at.InnerException)
        {
            explained = at switch
            {
                AuthenticationException handshake => Handshake(handshake, target, call),
                HttpRequestException http => Http(http.HttpRequestError, target, tls, call),
                _ when IsExpiredAlert(at) => new ConnectionException(
                    $"The peer at {target} refuses this node's certificate: it has expired. Renew the client "
                    + "certificate.",
                    call,
                    ConnectionFault.CertificateExpired),
                _ => null,
            } ?? explained;
        }

        return explained is not null;
    }

    private static ConnectionException? Http(HttpRequestError error, string target, bool tls, RpcException call) =>
        error switch
        {
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError => null,
            _ when tls => new ConnectionException(
                $"The peer at {target} does not answer as a gRPC server after the TLS handshake. Is it the primary's "
                + "replication port, and does it want a client certificate?",
                call,
                ConnectionFault.WrongPeer),
            _ => new ConnectionException(
                $"The peer at {target} does not speak gRPC without TLS. Is it the primary's replication port, and does "
                + "it expect TLS?",
                call,
                ConnectionFault.WrongPeer),
        };

    private static ConnectionException Handshake(AuthenticationException error, string target, RpcException call)
    {
        string detail = error.InnerException is { } cause ? $"{error.Message} ({cause.Message})" : error.Message;
        if (detail.Contains("frame", StringComparison.OrdinalIgnoreCase))
        {
            return new ConnectionException(
                $"The TLS handshake with {target} failed: what it sends is not TLS. Is it a plaintext port?",
                call,
                ConnectionFault.WrongPeer);
        }

        // The runtime names the status of the chain in its message; there is no other place where it could be read.
        return detail.Contains("NotTimeValid", StringComparison.Ordinal)
            ? new ConnectionException(
                $"The certificate of {target} has expired, or is not valid yet: renew it there, and compare the clocks "
                + $"of both machines. {detail}",
                call,
                ConnectionFault.CertificateExpired)
            : new ConnectionException(
                $"The TLS handshake with {target} failed: {detail}", call, ConnectionFault.CertificateRefused);
    }

    // The alert by which a peer says that the certificate shown to it has run out, as OpenSSL words it.
    private static bool IsExpiredAlert(Exception error) =>
        error.Message.Contains("certificate expired", StringComparison.OrdinalIgnoreCase);
}
