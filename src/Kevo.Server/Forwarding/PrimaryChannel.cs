using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Forwarding;

/// <summary>
/// The connection over which writes are passed on. When the certificates were renewed, the next call opens a new one;
/// the old one lives on for the calls it carries until the renewal after that. Thread-safe.
/// </summary>
internal sealed class PrimaryChannel : IDisposable
{
    private const int MaxMessageLength = (16 << 20) + (64 << 10);

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _renewing = new();
    private readonly string _address;
    private readonly CertificateSource? _certificates;
    private readonly string? _serverName;
    private TlsMaterial? _material;
    private GrpcChannel? _previous;
    private GrpcChannel _channel;
    private volatile KevoService.KevoServiceClient _client;

    /// <param name="address">host:port of the primary's client service.</param>
    /// <param name="certificates">Certificates for TLS; null for plain text.</param>
    /// <param name="serverName">The name the primary's certificate must carry; null for the address's host.</param>
    public PrimaryChannel(string address, CertificateSource? certificates, string? serverName)
    {
        _address = address;
        _serverName = serverName;
        _certificates = certificates;
        _material = certificates?.Current;
        _channel = Open();
        _client = new KevoService.KevoServiceClient(_channel);
    }

    /// <summary>A client over the present connection.</summary>
    public KevoService.KevoServiceClient Client
    {
        get
        {
            if (_certificates is not null && !ReferenceEquals(_certificates.Current, _material))
            {
                Renew(_certificates.Current);
            }

            return _client;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_renewing)
        {
            _previous?.Dispose();
            _channel.Dispose();
        }
    }

    private void Renew(TlsMaterial material)
    {
        lock (_renewing)
        {
            if (ReferenceEquals(material, _material))
            {
                return;
            }

            _material = material;
            _previous?.Dispose();
            _previous = _channel;
            _channel = Open();
            _client = new KevoService.KevoServiceClient(_channel);
        }
    }

    private GrpcChannel Open()
    {
        SocketsHttpHandler handler = new()
        {
            ConnectTimeout = ConnectLimit,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingLimit,
            EnableMultipleHttp2Connections = true,
        };
        string target = _address;
        if (_material is not null)
        {
            int colon = _address.LastIndexOf(':');
            string host = _address[..colon].Trim('[', ']');
            handler.SslOptions = _material.CreateClientOptions(_serverName ?? host);
            if (_serverName is not null)
            {
                // The handler checks the certificate against the name in the URL, so that is the one expected, and the
                // connection is made to the address all the same.
                target = _serverName + _address[colon..];
                var endpoint = new DnsEndPoint(host, int.Parse(_address[(colon + 1)..], CultureInfo.InvariantCulture));
                handler.ConnectCallback = async (_, cancellation) =>
                    new NetworkStream(await TcpDial.ConnectAsync(endpoint, cancellation), ownsSocket: true);
            }
        }

        return GrpcChannel.ForAddress(
            $"{(_material is null ? "http" : "https")}://{target}",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = MaxMessageLength,
                MaxSendMessageSize = MaxMessageLength,
            });
    }
}
