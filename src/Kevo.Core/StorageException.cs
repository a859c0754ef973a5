namespace Kevo.Core;

/// <summary>An error of the local disk or of what it holds.</summary>
public sealed class StorageException(StorageFault fault, string message, string? path = null, Exception? inner = null)
    : KevoException(ErrorKind.Storage, message, inner)
{
    /// <summary>What went wrong.</summary>
    public StorageFault Fault { get; } = fault;

    /// <summary>The file or directory concerned, if one is.</summary>
    public string? Path { get; } = path;
}
