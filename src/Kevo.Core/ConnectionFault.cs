namespace Kevo.Core;

/// <summary>Why a peer is not connected.</summary>
public enum ConnectionFault
{
    /// <summary>It cannot be reached, does not answer, or the connection broke.</summary>
    Unreachable,

    /// <summary>Its name cannot be resolved.</summary>
    UnknownName,

    /// <summary>What answers there is no server of the protocol, or expects TLS where this node does not.</summary>
    WrongPeer,

    /// <summary>The peer's certificate has run out, or it says that this node's has.</summary>
    CertificateExpired,

    /// <summary>One side does not accept the certificate of the other, or the TLS handshake failed otherwise.</summary>
    CertificateRefused,

    /// <summary>The way to a stock primary is too long to listen to it without harm.</summary>
    TooFar,

    /// <summary>
    /// The primary's read service does not know this node's stream: it is another process than the one that the stream
    /// was opened at.
    /// </summary>
    SessionLost,
}
