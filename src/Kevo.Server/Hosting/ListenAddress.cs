using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Kevo.Core;

namespace Kevo.Server.Hosting;

/// <summary>
/// Where a server listens: <c>127.0.0.1:50053</c>, <c>[::1]:50053</c>, <c>localhost:50053</c>, <c>*:50053</c> (every
/// address), or a host name that resolves to an address of this machine. Port 0 lets the system choose.
/// </summary>
public sealed record ListenAddress
{
    private ListenAddress(string host, int port, IPAddress? address)
    {
        Host = host;
        Port = port;
        Address = address;
    }

    /// <summary>The host as written, without brackets.</summary>
    public string Host { get; }

    /// <summary>The port; 0 for any free one.</summary>
    public int Port { get; }

    /// <summary>The address to bind; null for a name that is yet to be resolved.</summary>
    public IPAddress? Address { get; }

    /// <summary>True when every address of the machine is meant.</summary>
    public bool IsWildcard =>
        Address is not null && (Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any));

    /// <summary>True when only this machine can connect.</summary>
    public bool IsLoopback => Address is not null ? IPAddress.IsLoopback(Address) : Host == "localhost";

    /// <summary>Reads the forms named above.</summary>
    /// <exception cref="ConfigurationException">It is none of them.</exception>
    public static ListenAddress Parse(string text) =>
        TryParse(text, out ListenAddress? address)
            ? address
            : throw new ConfigurationException(
                $"'{text}' is not an address to listen on; write HOST:PORT, "
                + "for example 127.0.0.1:50053 or [::]:50053.");

    /// <summary>Reads the forms named above.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 0
            || !ushort.TryParse(
                text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        string host = text![..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
        {
            host = host[1..^1];
        }

        if (host is "*" or "")
        {
            // The IPv6 wildcard takes IPv4 connections too, where there is IPv6 at all.
            address = new ListenAddress(
                "*", port, System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
            return !bracketed;
        }

        bool isAddress = IPAddress.TryParse(host, out IPAddress? parsed);
        if (bracketed != (parsed?.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            && (bracketed || isAddress))
        {
            return false;
        }

        if (!isAddress && Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            return false;
        }

        address = new ListenAddress(host, port, parsed);
        return true;
    }

    /// <summary>The same host with the port the system chose.</summary>
    public ListenAddress WithPort(int port) => new(Host, port, Address);

    /// <summary>
    /// The addresses to bind, with names looked up. Of a name, all addresses are bound unless the port is 0.
    /// </summary>
    /// <exception cref="ConfigurationException">The name does not resolve.</exception>
    public IReadOnlyList<IPEndPoint> Resolve()
    {
        if (Address is not null)
        {
            return [new IPEndPoint(Address, Port)];
        }

        if (Host == "localhost")
        {
            return Port == 0 || !System.Net.Sockets.Socket.OSSupportsIPv6
                ? [new IPEndPoint(IPAddress.Loopback, Port)]
                : [new IPEndPoint(IPAddress.Loopback, Port), new IPEndPoint(IPAddress.IPv6Loopback, Port)];
        }

        try
        {
            IPAddress[] found = Dns.GetHostAddresses(Host);
            return Port == 0 ? [new IPEndPoint(found[0], 0)] : [.. found.Select(each => new IPEndPoint(each, Port))];
        }
        catch (System.Net.Sockets.SocketException unknown)
        {
            throw new ConfigurationException(
                $"The host '{Host}' of the listen address '{this}' cannot be resolved: {unknown.Message}", unknown);
        }
    }

    /// <summary>The form <see cref="Parse"/> reads.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
