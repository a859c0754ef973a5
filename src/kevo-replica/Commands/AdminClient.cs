using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;

namespace Kevo.Replica.Commands;

/// <summary>Asks the admin endpoint of a running replica.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client;

    private AdminClient(HttpClient client, string address)
    {
        _client = client;
        Address = address;
    }

    /// <summary>Where it asks.</summary>
    public string Address { get; }

    /// <summary>A client of the endpoint that --admin names.</summary>
    /// <exception cref="ConfigurationException">The endpoint is off, or a certificate file is unusable.</exception>
    public static AdminClient Create(EffectiveSettings settings, TimeProvider time)
    {
        HostPort address = settings.Get(NodeSettings.Admin)
            ?? throw new ConfigurationException($"{NodeSettings.Admin.Flag} is off: name the address of the replica.");
        SocketsHttpHandler handler = CreateHandler(settings, address, time, out bool tls);
        var client = new HttpClient(handler)
        {
            BaseAddress = new Uri((tls ? "https://" : "http://") + address),
            Timeout = Patience,
        };
        return new AdminClient(client, address.ToString());
    }

    /// <summary>
    /// TLS when --tls is given on the command line; in a file or the environment that word is about the primary. A
    /// probe with the node's own settings trusts the certificate that --admin-cert names.
    /// </summary>
    private static SocketsHttpHandler CreateHandler(
        EffectiveSettings settings, HostPort address, TimeProvider time, out bool tls)
    {
        tls = settings.Get(ConnectionSettings.Tls);
        if (settings.Of(ConnectionSettings.Tls).Origin == SettingOrigin.Flag)
        {
            return ClientHandler.Create(settings, address, time);
        }

        var handler = new SocketsHttpHandler { ConnectTimeout = settings.Get(ConnectionSettings.DialTimeout) };
        tls = settings.Get(ServerSettings.AdminCertificate).Length > 0;
        if (tls)
        {
            var certificates = new NodeCertificates(settings, LinuxFileSystem.Instance, time);
            handler.SslOptions = certificates.Admin!.Current.CreateSelfTrustingOptions(certificates.Primary?.Current);
        }

        return handler;
    }

    /// <summary>The answer to a GET.</summary>
    /// <exception cref="ConnectionException">There is none.</exception>
    public async Task<(HttpStatusCode Code, string Body)> GetAsync(string path, CancellationToken stop)
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative), stop);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(stop));
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is TaskCanceledException && !stop.IsCancellationRequested))
        {
            throw new ConnectionException(
                $"No answer from the admin endpoint at {Address}: {error.Message} Is the replica running, and is "
                + $"{NodeSettings.Admin.Flag} its address?",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
