namespace Kevo.Core;

/// <summary>The primary no longer holds the history this node needs; it has to be resynchronised.</summary>
public sealed class RetentionException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Retention, message, inner);
