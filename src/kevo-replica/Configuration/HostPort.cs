using System.Globalization;

namespace Kevo.Replica.Configuration;

/// <summary>A network address as operators write it.</summary>
/// <param name="Host">A name or an address; an IPv6 address without its brackets.</param>
/// <param name="Port">0 to 65535; 0 asks the system for a free port when listening.</param>
internal sealed record HostPort(string Host, int Port)
{
    /// <summary>Whether only processes on this machine can reach it.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(Host, out System.Net.IPAddress? address)
            && System.Net.IPAddress.IsLoopback(address));

    /// <summary>Reads <c>HOST:PORT</c>.</summary>
    /// <returns>Null, or what is wrong with the text.</returns>
    public static string? TryParse(string text, out HostPort? value)
    {
        value = null;
        int colon = text.LastIndexOf(':');
        if (colon <= 0)
        {
            return "is not HOST:PORT, such as localhost:50052";
        }

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port > 65535)
        {
            return "has no port between 0 and 65535 after its last colon";
        }

        string host = text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return "is an IPv6 address without brackets; write [ADDRESS]:PORT";
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            return $"has no usable host name: \"{host}\"";
        }

        value = new HostPort(host, port);
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? FormattableString.Invariant($"[{Host}]:{Port}")
        : FormattableString.Invariant($"{Host}:{Port}");
}
