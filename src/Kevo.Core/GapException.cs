namespace Kevo.Core;

/// <summary>A sequence number is missing and did not arrive although it was asked for.</summary>
public sealed class GapException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Gap, message, inner);
