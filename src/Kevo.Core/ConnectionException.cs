namespace Kevo.Core;

/// <summary>The peer could not be reached in time, or the connection to it broke.</summary>
public sealed class ConnectionException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Connection, message, inner);
