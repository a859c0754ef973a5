namespace Kevo.Core;

/// <summary>A payload could not be decompressed, or would have grown beyond the limit.</summary>
public sealed class CompressionException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Compression, message, inner);
