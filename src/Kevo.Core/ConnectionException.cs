namespace Kevo.Core;

/// <summary>The peer could not be reached in time, or the connection to it broke.</summary>
public sealed class ConnectionException(
    string message, Exception? inner = null, ConnectionFault fault = ConnectionFault.Unreachable)
    : KevoException(ErrorKind.Connection, message, inner)
{
    /// <summary>Why.</summary>
    public ConnectionFault Fault { get; } = fault;

    /// <inheritdoc/>
    public override string Reason => Fault switch
    {
        ConnectionFault.UnknownName => "primary-name-unknown",
        ConnectionFault.WrongPeer => "primary-not-a-primary",
        ConnectionFault.CertificateExpired => "certificate-expired",
        ConnectionFault.CertificateRefused => "certificate-refused",
        ConnectionFault.TooFar => "primary-too-far",
        ConnectionFault.SessionLost => "primary-session-lost",
        _ => "primary-unreachable",
    };
}
