using System.Net;
using System.Net.Security;
using Grpc.AspNetCore.Server;
using Kevo.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kevo.Relay.Hosting;

/// <summary>
/// One gRPC server on one address: HTTP/2, with or without TLS, nothing taken from the environment. Started by its
/// factory method, stopped when disposed.
/// </summary>
internal sealed class GrpcEndpoint : IAsyncDisposable
{
    // Dead peers behind a silent network are found by pings, because slow ones are not cut off.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _application;

    private GrpcEndpoint(WebApplication application, IPEndPoint address)
    {
        _application = application;
        Address = address;
    }

    /// <summary>The address it is bound to, with the actual port.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Binds and starts serving.</summary>
    /// <exception cref="ConfigurationException">The address cannot be bound.</exception>
    public static async Task<GrpcEndpoint> StartAsync(
        GrpcEndpointOptions options,
        Action<IServiceCollection> addServices,
        Action<IEndpointRouteBuilder> map,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(options.LoggerFactory);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.Services.AddGrpc(grpc => ConfigureGrpc(grpc, options));
        addServices(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => ConfigureKestrel(kestrel, options));
        if (options.Tls is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        WebApplication application = builder.Build();
        if (options.Header is { } header)
        {
            application.Use((context, next) =>
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers.TryAdd(header.Key, header.Value);
                    return Task.CompletedTask;
                });
                return next(context);
            });
        }

        map(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            throw new ConfigurationException(
                $"Cannot listen on {options.Address}: {e.Message} Choose another address, or stop what uses it.",
                e);
        }

        return new GrpcEndpoint(application, BoundAddress(application));
    }

    /// <summary>
    /// Stops taking connections and waits for calls under way until the token is cancelled; then cuts them.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <summary>Cuts every connection and frees the address.</summary>
    public async ValueTask DisposeAsync()
    {
        // An already cancelled token makes the server abort its connections instead of waiting for them.
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    private static void ConfigureGrpc(GrpcServiceOptions grpc, GrpcEndpointOptions options)
    {
        grpc.MaxReceiveMessageSize = options.MaxReceiveMessageBytes;
        grpc.MaxSendMessageSize = null;
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, GrpcEndpointOptions options)
    {
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxResponseBufferSize = options.ResponseBufferBytes;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.Http2.KeepAlivePingDelay = PingDelay;
        limits.Http2.KeepAlivePingTimeout = PingTimeout;
        kestrel.AddServerHeader = false;
        kestrel.Listen(options.Address, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (options.Tls is { } source)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ =>
                    {
                        SslServerAuthenticationOptions tls = source.Current.CreateServerOptions();
                        tls.ApplicationProtocols = [SslApplicationProtocol.Http2];
                        return new ValueTask<SslServerAuthenticationOptions>(tls);
                    },
                });
            }
        });
    }

    private static IPEndPoint BoundAddress(WebApplication application)
    {
        IServerAddressesFeature? addresses =
            application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        foreach (string text in addresses?.Addresses ?? [])
        {
            // "http://127.0.0.1:12345", or with brackets for IPv6.
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
                && IPAddress.TryParse(uri.Host, out IPAddress? host))
            {
                return new IPEndPoint(host, uri.Port);
            }
        }

        throw new InvalidOperationException("The server started without reporting an address.");
    }
}
