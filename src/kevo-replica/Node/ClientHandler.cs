using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Node;

/// <summary>How a command that asks a server connects to it.</summary>
internal static class ClientHandler
{
    /// <summary>The URL of the server: https when the settings ask for TLS.</summary>
    public static string UrlOf(EffectiveSettings settings, HostPort server) =>
        (settings.Get(ConnectionSettings.Tls) ? "https://" : "http://") + server;

    /// <summary>A channel to the server that takes values of any size. Disposing it disposes the handler too.</summary>
    /// <exception cref="ConfigurationException">A certificate file is unusable; the message names it.</exception>
    public static GrpcChannel OpenChannel(EffectiveSettings settings, HostPort server, TimeProvider time) =>
        GrpcChannel.ForAddress(
            UrlOf(settings, server),
            new GrpcChannelOptions
            {
                HttpHandler = Create(settings, server, time),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = null,
            });

    /// <summary>A handler with the certificates that the settings name. The caller disposes it.</summary>
    /// <exception cref="ConfigurationException">A certificate file is unusable; the message names it.</exception>
    public static SocketsHttpHandler Create(EffectiveSettings settings, HostPort server, TimeProvider time)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = settings.Get(ConnectionSettings.DialTimeout) };
        if (ReplicationSettings.TlsOf(settings) is { } files)
        {
            var source = new CertificateSource(files, TlsRole.Client, LinuxFileSystem.Instance, time);
            handler.SslOptions = source.Current.CreateClientOptions(server.Host);
        }

        return handler;
    }
}
