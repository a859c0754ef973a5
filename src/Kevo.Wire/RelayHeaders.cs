using System.Globalization;
using Grpc.Core;
using Kevo.Core;

namespace Kevo.Wire;

/// <summary>
/// Names and forms of the metadata beside the replication messages. All values are ASCII; numbers are decimal without
/// sign or leading blanks; a header appears at most once.
/// </summary>
public static class RelayHeaders
{
    /// <summary>
    /// Response of StreamWAL, request of the acknowledging calls: the session. Stock primaries send it too.
    /// </summary>
    public const string SessionId = "session-id";

    /// <summary>
    /// Response: present, with the version of this extension, when the sender is a relay and no stock primary.
    /// </summary>
    public const string Relay = "kevo-relay";

    /// <summary>Request and response: the name of the node that sends it.</summary>
    public const string NodeId = "kevo-node-id";

    /// <summary>Request: epoch of the start sequence. Response: epoch of the relay's history.</summary>
    public const string Epoch = "kevo-epoch";

    /// <summary>Response: the oldest sequence that the relay can still send.</summary>
    public const string FirstSequence = "kevo-first-sequence";

    /// <summary>Response: the newest sequence that the relay holds.</summary>
    public const string LastSequence = "kevo-last-sequence";

    /// <summary>Response: ids of the nodes upstream of the relay, nearest first, separated by commas.</summary>
    public const string Path = "kevo-path";

    /// <summary>The version of the extension that this product speaks, as the value of <see cref="Relay"/>.</summary>
    public const string Version = "1";

    /// <summary>The most characters of a node id.</summary>
    public const int MaxNodeIdLength = 64;

    /// <summary>The most characters of a session id.</summary>
    public const int MaxSessionIdLength = 256;

    /// <summary>The most nodes in a path: a longer chain of relays is a loop or a mistake.</summary>
    public const int MaxPathLength = 32;

    /// <summary>
    /// True for 1 to 64 characters out of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, all ASCII.
    /// </summary>
    public static bool IsNodeId(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxNodeIdLength)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The session id that a StreamWAL response carries, or null when it carries none.</summary>
    /// <exception cref="ProtocolException">It is empty, too long, not plain ASCII, or given twice.</exception>
    public static string? ReadSessionId(Metadata headers)
    {
        string? session = Single(headers, SessionId);
        if (session is null)
        {
            return null;
        }

        bool plain = session.Length is > 0 and <= MaxSessionIdLength;
        foreach (char c in session)
        {
            plain &= c is > ' ' and < (char)0x7F;
        }

        return plain ? session : throw Bad(SessionId, session);
    }

    /// <summary>Whether the headers of any response say that a relay sent it.</summary>
    public static bool IsRelay(Metadata headers) => Single(headers, Relay) is not null;

    /// <summary>The only value of a header, or null when it is absent.</summary>
    internal static string? Single(Metadata headers, string name)
    {
        ArgumentNullException.ThrowIfNull(headers);
        string? found = null;
        for (int i = 0; i < headers.Count; i++)
        {
            Metadata.Entry entry = headers[i];
            if (entry.IsBinary || !string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            found = found is null
                ? entry.Value
                : throw new ProtocolException($"The header {name} was sent more than once.");
        }

        return found;
    }

    internal static string NodeIdOf(Metadata headers)
    {
        string text = Required(headers, NodeId);
        return IsNodeId(text) ? text : throw Bad(NodeId, text);
    }

    internal static ulong Number(Metadata headers, string name)
    {
        string text = Required(headers, name);
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw Bad(name, text);
    }

    internal static string Format(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    internal static ProtocolException Bad(string name, string value) =>
        new($"The header {name} has the unusable value '{Shorten(value)}'.");

    private static string Required(Metadata headers, string name) =>
        Single(headers, name) ?? throw new ProtocolException($"The peer did not send the header {name}.");

    private static string Shorten(string value) =>
        value.Length <= 80 ? value : string.Concat(value.AsSpan(0, 80), "...");
}
