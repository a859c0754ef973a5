using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replication.Session;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Reads a primary through its client service. The channel dials by itself, and resolves the name anew, when a call
/// needs a connection; a stock primary closes idle ones after a minute.
/// </summary>
public sealed class GrpcPrimaryReader : IPrimaryReader
{
    /// <summary>
    /// The window of a scan: it must be consumed fast, and a small window would slow it at the primary.
    /// </summary>
    private const int ScanWindowBytes = 4 << 20;

    private readonly GrpcChannel _channel;
    private readonly KevoService.KevoServiceClient _client;
    private readonly TimeSpan _callTimeout;

    /// <summary>Checks the settings and loads the certificates they name; connects nowhere yet.</summary>
    /// <param name="options">
    /// Where the client service is, credentials and limits; <see cref="ConnectorOptions.DialTimeout"/> bounds each
    /// small call.
    /// </param>
    /// <param name="fileSystem">Where the certificate files are.</param>
    /// <param name="time">The clock that certificates are checked against.</param>
    /// <exception cref="ConfigurationException">
    /// An address or a certificate file is unusable; the message names it.
    /// </exception>
    public GrpcPrimaryReader(ConnectorOptions options, IFileSystem fileSystem, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!PrimaryEndpoint.TryParse(options.Address, out PrimaryEndpoint endpoint))
        {
            throw new ConfigurationException(
                $"The address of the primary's client service is '{options.Address}'; it must be host:port.");
        }

        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellation) =>
                new NetworkStream(await DialAsync(endpoint, cancellation), ownsSocket: true),
            ConnectTimeout = options.DialTimeout,
            InitialHttp2StreamWindowSize = ScanWindowBytes,
            KeepAlivePingDelay = options.KeepAliveInterval,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (options.Tls is { } files)
        {
            handler.SslOptions = new CertificateSource(files, TlsRole.Client, fileSystem, time)
                .Current.CreateClientOptions(options.ServerName ?? endpoint.Host);
        }

        Target = endpoint.ToString();
        _callTimeout = options.DialTimeout;
        _channel = GrpcChannel.ForAddress(
            endpoint.ToUri(options.Tls is not null, options.ServerName),
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = options.MaxReceiveMessageBytes,
            });
        _client = new KevoService.KevoServiceClient(_channel);
    }

    /// <inheritdoc/>
    public string Target { get; }

    /// <inheritdoc/>
    public async ValueTask<ulong> GetLastSequenceAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_callTimeout);
        try
        {
            GetNodeInfoResponse info = await _client.GetNodeInfoAsync(
                new GetNodeInfoRequest(), cancellationToken: limit.Token);
            return info.LastSequence;
        }
        catch (RpcException late) when (late.StatusCode == StatusCode.Cancelled && limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConnectionException(
                $"The primary's client service at {Target} did not answer within {_callTimeout.TotalSeconds:0.#} "
                + "s; it is "
                + "frozen, stopping, or overloaded.",
                late);
        }
    }

    /// <inheritdoc/>
    public IPrimaryScan Scan() => new GrpcPrimaryScan(_client.Scan(new ScanRequest()));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<Socket> DialAsync(PrimaryEndpoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(endpoint.Host, endpoint.Port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
