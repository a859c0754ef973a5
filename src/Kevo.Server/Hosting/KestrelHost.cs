using System.Globalization;
using System.Net;
using Kevo.Core;
using Kevo.Platform.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kevo.Server.Hosting;

/// <summary>
/// What both servers share: an empty web host on one address, with TLS whose certificates may be renewed.
/// </summary>
internal static class KestrelHost
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A builder with Kestrel and nothing else; it reads no files, no environment, and handles no signals.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(
        ListenAddress address,
        CertificateSource? certificates,
        HttpProtocols protocols,
        ILoggerFactory loggers,
        Action<KestrelServerOptions> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLoggers(loggers));
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.WebHost.UseKestrelCore();
        if (certificates is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            configure(options);
            foreach (IPEndPoint endpoint in address.Resolve())
            {
                options.Listen(endpoint, listen =>
                {
                    listen.Protocols = protocols;
                    if (certificates is not null)
                    {
                        listen.UseHttps(new TlsHandshakeCallbackOptions
                        {
                            HandshakeTimeout = HandshakeLimit,
                            // Asked for every connection, so a renewed certificate serves the next one.
                            OnConnection = _ => ValueTask.FromResult(certificates.Current.CreateServerOptions()),
                        });
                    }
                });
            }
        });
        return builder;
    }

    /// <summary>Starts the host.</summary>
    /// <returns>The port it listens on.</returns>
    /// <exception cref="ConfigurationException">The address is in use or not one of this machine.</exception>
    public static async Task<int> StartAsync(
        WebApplication app, ListenAddress address, string setting, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception failed) when (failed is IOException or System.Net.Sockets.SocketException)
        {
            throw new ConfigurationException(
                $"The {setting} address {address} cannot be listened on: {failed.Message}", failed);
        }

        IServerAddressesFeature? addresses =
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        string first = addresses!.Addresses.First();
        return int.Parse(first.AsSpan(first.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
