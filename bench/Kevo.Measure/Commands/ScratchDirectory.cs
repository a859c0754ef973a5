namespace Kevo.Measure.Commands;

/// <summary>A directory for the data of one run, removed at its end.</summary>
public sealed class ScratchDirectory : IDisposable
{
    /// <summary>Makes a fresh directory below the given one, or below the system's temporary directory.</summary>
    public ScratchDirectory(string? below)
    {
        Path = System.IO.Path.Combine(below ?? System.IO.Path.GetTempPath(), $"kevo-measure-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>A path inside it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
