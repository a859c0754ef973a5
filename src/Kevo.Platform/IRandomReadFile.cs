namespace Kevo.Platform;

/// <summary>A file opened for positioned reads while others may append to it. Thread-safe.</summary>
public interface IRandomReadFile : IDisposable
{
    /// <summary>The path it was opened under, for messages.</summary>
    string Path { get; }

    /// <summary>The length at this moment, in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// Reads up to <c>destination.Length</c> bytes at <paramref name="offset"/>; fewer only at the end of the file.
    /// </summary>
    int Read(string operation, long offset, Span<byte> destination);
}
