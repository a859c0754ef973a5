namespace Kevo.Testing;

/// <summary>A fresh directory for one test, removed with all it holds when disposed.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kevo-native-");

    /// <summary>Absolute path of the directory.</summary>
    public string Path => _directory.FullName;

    /// <summary>A path inside the directory; nothing is created.</summary>
    public string Combine(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}
