using System.Net.Http;
using System.Net.Sockets;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Wire;

namespace Kevo.Replication.Session;

/// <summary>
/// Connects by gRPC. Every call of <see cref="ConnectAsync"/> resolves the name and dials anew, so a primary that comes
/// back at another address is found. Certificates are loaded once, when the connector is made, and again when
/// <see cref="Certificates"/> is told to.
/// </summary>
public sealed class GrpcPrimaryConnector : IPrimaryConnector
{
    private static readonly TimeSpan AcceptLimit = TimeSpan.FromSeconds(2);

    private readonly ConnectorOptions _options;
    private readonly PrimaryEndpoint _endpoint;
    private readonly StreamMessagePool _pool;

    /// <summary>Checks the settings and loads the certificates they name; connects nowhere yet.</summary>
    /// <param name="options">Address, credentials, limits and keep-alive.</param>
    /// <param name="fileSystem">Where the certificate files are.</param>
    /// <param name="time">The clock that certificates are checked against.</param>
    /// <param name="pool">The pool of received messages; null for the shared one.</param>
    /// <param name="certificates">
    /// The certificates of <see cref="ConnectorOptions.Tls"/>, shared with whoever renews them; null to load them here.
    /// </param>
    /// <exception cref="ConfigurationException">
    /// An address or a certificate file is unusable; the message names it.
    /// </exception>
    public GrpcPrimaryConnector(
        ConnectorOptions options,
        IFileSystem fileSystem,
        TimeProvider time,
        StreamMessagePool? pool = null,
        CertificateSource? certificates = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        if (!PrimaryEndpoint.TryParse(options.Address, out _endpoint))
        {
            throw new ConfigurationException($"The primary's address is '{options.Address}'; it must be host:port.");
        }

        Certificates = options.Tls is { } files
            ? certificates ?? new CertificateSource(files, TlsRole.Client, fileSystem, time)
            : null;
        _pool = pool ?? StreamMessagePool.Shared;
    }

    /// <inheritdoc/>
    public string Target => Certificates is null ? _endpoint.ToString() : $"{_endpoint} (TLS)";

    /// <summary>The certificates in use; null without TLS. Refreshing them affects the next connection.</summary>
    public CertificateSource? Certificates { get; }

    /// <inheritdoc/>
    public async ValueTask<IPrimaryConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket socket = await DialAsync(_endpoint, cancellationToken);
        FirstSocket first = new(socket);
        Uri address = _endpoint.ToUri(Certificates is not null, _options.ServerName);
        return new GrpcPrimaryConnection(CreateHandler(first), address, first, _pool, _options, Target);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> AcceptsConnectionsAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AcceptLimit);
        try
        {
            using Socket socket = await DialAsync(_endpoint, limit.Token);

            // A server speaks first or waits; one behind a balancer that cannot reach it hangs up at once.
            return await socket.ReceiveAsync(new byte[1], limit.Token) > 0;
        }
        catch (ConnectionException failed)
        {
            return failed.InnerException is not SocketException { SocketErrorCode: SocketError.ConnectionRefused };
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SocketsHttpHandler CreateHandler(FirstSocket first)
    {
        SocketsHttpHandler handler = new()
        {
            // The connection made by ConnectAsync is used first; only if it breaks under an open channel is one dialled
            // here.
            ConnectCallback = async (context, cancellation) =>
                new NetworkStream(first.Take() ?? await DialAsync(_endpoint, cancellation), ownsSocket: true),
            ConnectTimeout = _options.DialTimeout,
            InitialHttp2StreamWindowSize = _options.StreamWindowBytes,
            KeepAlivePingDelay = _options.KeepAliveInterval,
            KeepAlivePingTimeout = _options.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (Certificates is not null)
        {
            handler.SslOptions = Certificates.Current.CreateClientOptions(_options.ServerName ?? _endpoint.Host);
        }

        return handler;
    }

    private static async ValueTask<Socket> DialAsync(PrimaryEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await TcpDial.ConnectAsync(endpoint.ToDns(), cancellationToken);
        }
        catch (SocketException failure)
        {
            bool unknownName =
                failure.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain;
            throw new ConnectionException(
                unknownName
                    ? $"The name of the primary, {endpoint.Host}, cannot be resolved: {failure.Message}."
                    : $"The primary at {endpoint} cannot be reached: {failure.Message}. Is it running with "
                        + "replication on, "
                        + "and is this its replication port?",
                failure,
                unknownName ? ConnectionFault.UnknownName : ConnectionFault.Unreachable);
        }
    }
}
