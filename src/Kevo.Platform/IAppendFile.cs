namespace Kevo.Platform;

/// <summary>A file being written from its start to its end. One thread at a time.</summary>
public interface IAppendFile : IDisposable
{
    /// <summary>The path it was created under, for messages.</summary>
    string Path { get; }

    /// <summary>Bytes appended so far.</summary>
    long Length { get; }

    /// <summary>
    /// Appends the bytes; a full disk is a <see cref="Core.StorageFault.Full"/> error and writes a prefix.
    /// </summary>
    void Append(string operation, ReadOnlySpan<byte> bytes);

    /// <summary>Makes everything appended durable.</summary>
    void Sync(string operation);
}
