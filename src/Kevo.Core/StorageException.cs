namespace Kevo.Core;

/// <summary>An error of the local disk or of what it holds.</summary>
public sealed class StorageException(StorageFault fault, string message, string? path = null, Exception? inner = null)
    : KevoException(ErrorKind.Storage, message, inner)
{
    /// <summary>What went wrong.</summary>
    public StorageFault Fault { get; } = fault;

    /// <summary>The file or directory concerned, if one is.</summary>
    public string? Path { get; } = path;

    /// <inheritdoc/>
    public override string Reason => Fault switch
    {
        StorageFault.Corrupt => "disk-corrupt",
        StorageFault.Full => "disk-full",
        StorageFault.ReadOnly => "disk-read-only",
        StorageFault.InUse => "directory-in-use",
        StorageFault.UnknownVersion => "format-unknown",
        StorageFault.NotFound => "file-missing",
        StorageFault.SyncFailed => "sync-failed",
        StorageFault.LimitExceeded => "limit-exceeded",
        _ => "disk-error",
    };
}
