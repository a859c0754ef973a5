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
/// needs a connection; a stock primary closes idle ones after a minute. When the certificates were renewed, the next
/// call opens a new channel; the one before lives on for the calls it carries until the renewal after that.
/// Thread-safe.
/// </summary>
public sealed class GrpcPrimaryReader : IPrimaryReader
{
    /// <summary>
    /// The window of a scan: it must be consumed fast, and a small window would slow it at the primary.
    /// </summary>
    private const int ScanWindowBytes = 4 << 20;

    private readonly Lock _renewing = new();
    private readonly ConnectorOptions _options;
    private readonly PrimaryEndpoint _endpoint;
    private readonly CertificateSource? _certificates;
    private TlsMaterial? _material;
    private GrpcChannel? _previous;
    private GrpcChannel _channel;
    private KevoService.KevoServiceClient _client;

    /// <summary>Checks the settings and loads the certificates they name; connects nowhere yet.</summary>
    /// <param name="options">
    /// Where the client service is, credentials and limits; <see cref="ConnectorOptions.DialTimeout"/> bounds each
    /// small call.
    /// </param>
    /// <param name="fileSystem">Where the certificate files are.</param>
    /// <param name="time">The clock that certificates are checked against.</param>
    /// <param name="certificates">
    /// The certificates of <see cref="ConnectorOptions.Tls"/>, shared with whoever renews them; null to load them here.
    /// </param>
    /// <exception cref="ConfigurationException">
    /// An address or a certificate file is unusable; the message names it.
    /// </exception>
    public GrpcPrimaryReader(
        ConnectorOptions options, IFileSystem fileSystem, TimeProvider time, CertificateSource? certificates = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!PrimaryEndpoint.TryParse(options.Address, out _endpoint))
        {
            throw new ConfigurationException(
                $"The address of the primary's client service is '{options.Address}'; it must be host:port.");
        }

        _options = options;
        _certificates = options.Tls is { } files
            ? certificates ?? new CertificateSource(files, TlsRole.Client, fileSystem, time)
            : null;
        _material = _certificates?.Current;
        Target = _endpoint.ToString();
        _channel = Open();
        _client = new KevoService.KevoServiceClient(_channel);
    }

    /// <inheritdoc/>
    public string Target { get; }

    /// <inheritdoc/>
    public async ValueTask<PrimaryAnswer> AskAsync(ulong acknowledged, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.DialTimeout);
        try
        {
            GetNodeInfoResponse info = await Client().GetNodeInfoAsync(
                new GetNodeInfoRequest(), cancellationToken: limit.Token);
            bool listed = false;
            foreach (ReplicaInfo session in info.Replicas)
            {
                listed |= session.LastSequence == acknowledged;
            }

            return new PrimaryAnswer(info.LastSequence, listed);
        }
        catch (RpcException late) when (late.StatusCode == StatusCode.Cancelled && limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConnectionException(
                $"The primary's client service at {Target} did not answer within "
                + $"{_options.DialTimeout.TotalSeconds:0.#} s; it is frozen, stopping, or overloaded.",
                late);
        }
    }

    /// <inheritdoc/>
    public IPrimaryScan Scan() => new GrpcPrimaryScan(Client().Scan(new ScanRequest()));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _previous?.Dispose();
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private KevoService.KevoServiceClient Client()
    {
        lock (_renewing)
        {
            if (_certificates is not null && !ReferenceEquals(_certificates.Current, _material))
            {
                _material = _certificates.Current;
                _previous?.Dispose();
                _previous = _channel;
                _channel = Open();
                _client = new KevoService.KevoServiceClient(_channel);
            }

            return _client;
        }
    }

    private GrpcChannel Open()
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellation) =>
                new NetworkStream(await TcpDial.ConnectAsync(_endpoint.ToDns(), cancellation), ownsSocket: true),
            ConnectTimeout = _options.DialTimeout,
            InitialHttp2StreamWindowSize = ScanWindowBytes,
            KeepAlivePingDelay = _options.KeepAliveInterval,
            KeepAlivePingTimeout = _options.KeepAliveTimeout,

            // Also between calls: a call that was given up leaves a dead connection behind, which the next would take.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (_material is not null)
        {
            handler.SslOptions = _material.CreateClientOptions(_options.ServerName ?? _endpoint.Host);
        }

        return GrpcChannel.ForAddress(
            _endpoint.ToUri(_material is not null, _options.ServerName),
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = _options.MaxReceiveMessageBytes,
            });
    }
}
