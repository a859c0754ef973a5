namespace Kevo.Testing.Disk;

/// <summary>
/// One change of names that reaches the disk whole or not at all: a creation, a removal, or a rename.
/// </summary>
internal sealed class NameChange(params (string Path, object? Target)[] edits)
{
    /// <summary>
    /// Path, and what it names afterwards: a <see cref="SimulatedFile"/>, a directory marker, or null for nothing.
    /// </summary>
    internal IReadOnlyList<(string Path, object? Target)> Edits { get; } = edits;

    internal void ApplyTo(Dictionary<string, object> names)
    {
        foreach ((string path, object? target) in Edits)
        {
            if (target is null)
            {
                names.Remove(path);
            }
            else
            {
                names[path] = target;
            }
        }
    }

    internal bool Touches(string directory) =>
        Edits.Any(edit => string.Equals(Path.GetDirectoryName(edit.Path), directory, StringComparison.Ordinal));
}
