namespace Kevo.Core;

/// <summary>A setting, flag or file given by the operator is unusable.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null)
    : KevoException(ErrorKind.Configuration, message, inner);
