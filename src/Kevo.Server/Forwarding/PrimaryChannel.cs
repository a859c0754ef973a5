using System.Net.Security;
using Grpc.Net.Client;
using Kevo.Platform.Tls;

namespace Kevo.Server.Forwarding;

/// <summary>Makes the connection over which writes are passed on.</summary>
internal static class PrimaryChannel
{
    private const int MaxMessageLength = (16 << 20) + (64 << 10);

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <summary>A forwarder with a channel of its own; it connects with its first call.</summary>
    public static PrimaryForwarder CreateForwarder(string address, CertificateSource? certificates)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectTimeout = ConnectLimit,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingLimit,
            EnableMultipleHttp2Connections = true,
            // A renewed certificate serves the next connection; this makes sure that there is a next one.
            PooledConnectionLifetime = TimeSpan.FromHours(1),
        };
        if (certificates is not null)
        {
            SslClientAuthenticationOptions options =
                certificates.Current.CreateClientOptions(address[..address.LastIndexOf(':')].Trim('[', ']'));
            handler.SslOptions = options;
        }

        GrpcChannel channel = GrpcChannel.ForAddress(
            $"{(certificates is null ? "http" : "https")}://{address}",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = MaxMessageLength,
                MaxSendMessageSize = MaxMessageLength,
            });
        return new PrimaryForwarder(address, channel);
    }
}
