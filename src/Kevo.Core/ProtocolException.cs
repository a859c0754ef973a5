namespace Kevo.Core;

/// <summary>The peer sent bytes or numbers that the protocol does not allow.</summary>
public sealed class ProtocolException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Protocol, message, inner);
