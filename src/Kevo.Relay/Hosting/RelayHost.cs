using System.Net;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Kevo.Relay.Hosting;

/// <summary>
/// A <see cref="RelayService"/> on a port. Thread-safe. Disposing it ends all streams and frees the port.
/// </summary>
public sealed class RelayHost : IAsyncDisposable
{
    // Requests of the service are a few numbers and an address; anything larger is not one.
    private const int MaxRequestBytes = 64 * 1024;

    private readonly GrpcEndpoint _endpoint;
    private readonly TimeSpan _shutdownTimeout;
    private readonly RelayGrpcService _calls;
    private int _stopped;

    private RelayHost(RelayService relay, RelayGrpcService calls, GrpcEndpoint endpoint, TimeSpan shutdownTimeout)
    {
        Relay = relay;
        _calls = calls;
        _endpoint = endpoint;
        _shutdownTimeout = shutdownTimeout;
    }

    /// <summary>The service behind the port.</summary>
    public RelayService Relay { get; }

    /// <summary>Where it listens, with the actual port.</summary>
    public IPEndPoint Address => _endpoint.Address;

    /// <summary>Requests per second; 0 for no limit. May be changed at any time.</summary>
    public int MaxRequestsPerSecond
    {
        get => _calls.Rate.PerSecond;
        set => _calls.Rate.PerSecond = value;
    }

    /// <summary>Requests refused by that limit since start.</summary>
    public long RateRefusals => _calls.RateRefusals;

    /// <summary>The address as channels want it: <c>http://</c> or <c>https://</c>, host and port.</summary>
    public Uri Uri { get; private init; } = null!;

    /// <summary>Binds the address and serves.</summary>
    /// <exception cref="ConfigurationException">The address cannot be bound.</exception>
    public static async Task<RelayHost> StartAsync(
        RelayService relay, RelayHostOptions options, CancellationToken cancellationToken = default)
    {
        var endpointOptions = new GrpcEndpointOptions
        {
            Address = options.Address,
            Tls = options.Tls,
            LoggerFactory = options.LoggerFactory,
            MaxReceiveMessageBytes = MaxRequestBytes,
            ResponseBufferBytes = options.ResponseBufferBytes,
            MaxConnections = options.MaxConnections,
            ShutdownTimeout = options.ShutdownTimeout,
            Header = new(RelayHeaders.Relay, RelayHeaders.Version),
        };
        var calls = new RelayGrpcService(relay, new RequestRate(options.MaxRequestsPerSecond, relay.Time));
        GrpcEndpoint endpoint = await GrpcEndpoint.StartAsync(
            endpointOptions,
            services => services.AddSingleton(calls),
            static routes => routes.MapGrpcService<RelayGrpcService>(),
            cancellationToken);
        string scheme = options.Tls is null ? "http" : "https";
        return new RelayHost(relay, calls, endpoint, options.ShutdownTimeout) { Uri =
            new Uri($"{scheme}://{endpoint.Address}") };
    }

    /// <summary>Ends the streams with UNAVAILABLE, waits for them within the timeout, then cuts what is left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        Relay.Stop();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_shutdownTimeout);
        await _endpoint.StopAsync(timeout.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _endpoint.DisposeAsync();
    }
}
