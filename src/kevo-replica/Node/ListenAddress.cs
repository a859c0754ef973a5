using System.Net;
using System.Net.Sockets;
using Kevo.Core;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Node;

/// <summary>Turns the address of a setting into one that can be bound.</summary>
internal static class ListenAddress
{
    /// <summary>The address to bind; a name is resolved.</summary>
    /// <exception cref="ConfigurationException">The name cannot be resolved.</exception>
    public static IPEndPoint Resolve(Setting setting, HostPort address)
    {
        if (IPAddress.TryParse(address.Host, out IPAddress? literal))
        {
            return new IPEndPoint(literal, address.Port);
        }

        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new IPEndPoint(IPAddress.Loopback, address.Port);
        }

        try
        {
            IPAddress[] found = Dns.GetHostAddresses(address.Host);
            return new IPEndPoint(
                found.FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork) ?? found[0], address.Port);
        }
        catch (SocketException error)
        {
            throw new ConfigurationException(
                $"{setting.Flag}: the name {address.Host} cannot be resolved: {error.Message}. Use an address of this "
                + "machine.",
                error);
        }
    }
}
