namespace Kevo.Core;

/// <summary>The primary's history differs from the one this node holds; nothing was overwritten.</summary>
public sealed class DivergenceException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Divergence, message, inner);
