using Kevo.Core;

namespace Kevo.Replication.Bootstrap;

/// <summary>Says that the primary's read service does not know this node's stream.</summary>
internal static class SessionLoss
{
    /// <summary>The error, for a read service at this place.</summary>
    public static ConnectionException At(string target) => new(
        $"The primary's client service at {target} does not list this node's stream: the primary was restarted and the "
        + "stream did not hear of it, or it forgot the session, or the two addresses are not of one server. The stream "
        + "is opened again.",
        inner: null,
        ConnectionFault.SessionLost);

    /// <summary>Whether an error is that.</summary>
    public static bool IsIt(KevoException error) =>
        error is ConnectionException { Fault: ConnectionFault.SessionLost };
}
