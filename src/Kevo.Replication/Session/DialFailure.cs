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
        string? text = null;
        for (Exception? at = call.Status.DebugException; at is not null; at = at.InnerException)
        {
            text = at switch
            {
                AuthenticationException handshake => Handshake(handshake, target),
                HttpRequestException http => Http(http.HttpRequestError, target, tls),
                _ => null,
            } ?? text;
        }

        explained = text is null ? null : new ConnectionException(text, call);
        return explained is not null;
    }

    private static string? Http(HttpRequestError error, string target, bool tls) => error switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError => null,
        _ when tls =>
            $"The peer at {target} does not answer as a gRPC server after the TLS handshake. Is it the primary's "
            + "replication port, and does it want a client certificate?",
        _ =>
            $"The peer at {target} does not speak gRPC without TLS. Is it the primary's replication port, and does it "
            + "expect TLS?",
    };

    private static string Handshake(AuthenticationException error, string target)
    {
        string detail = error.InnerException is { } cause ? $"{error.Message} ({cause.Message})" : error.Message;
        return detail.Contains("frame", StringComparison.OrdinalIgnoreCase)
            ? $"The TLS handshake with {target} failed: what it sends is not TLS. Is it a plaintext port?"
            : $"The TLS handshake with {target} failed: {detail}";
    }
}
