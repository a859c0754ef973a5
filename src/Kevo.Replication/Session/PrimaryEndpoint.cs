using System.Globalization;
using System.Net;

namespace Kevo.Replication.Session;

/// <summary>
/// A host and a port, as an operator writes them: <c>host:port</c>, <c>1.2.3.4:port</c> or <c>[v6]:port</c>.
/// </summary>
/// <param name="Host">Name or address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct PrimaryEndpoint(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>; false when there is no host, no port, a scheme or a path.</summary>
    public static bool TryParse(string? text, out PrimaryEndpoint endpoint)
    {
        endpoint = default;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            return false;
        }

        string host = text![..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            return false;
        }

        endpoint = new PrimaryEndpoint(host, port);
        return true;
    }

    /// <summary>The address as a URI of the scheme.</summary>
    /// <param name="tls">Whether the connection is encrypted.</param>
    /// <param name="serverName">
    /// The name the certificate must carry, if it is not the host. The HTTP client checks certificates against the
    /// URI's host and nothing else, so the name takes the host's place and the caller dials the endpoint by itself.
    /// </param>
    internal Uri ToUri(bool tls, string? serverName) =>
        tls
            ? new UriBuilder(Uri.UriSchemeHttps, serverName ?? Host, Port).Uri
            : new UriBuilder(Uri.UriSchemeHttp, Host, Port).Uri;

    /// <summary>For dialling; the name is resolved each time.</summary>
    internal DnsEndPoint ToDns() => new(Host, Port);

    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
