namespace Kevo.Repository.Tests;

/// <summary>Collects what breaks a rule, and fails once with all of it.</summary>
public sealed class Violations
{
    private readonly List<string> _found = [];

    /// <summary>Notes one.</summary>
    public void Add(string path, int line, string what) => _found.Add($"{path}:{line}: {what}");

    /// <summary>Notes one about a whole file.</summary>
    public void Add(string path, string what) => _found.Add($"{path}: {what}");

    /// <summary>Fails the test when any was noted.</summary>
    public void AssertNone() => Assert.True(_found.Count == 0, $"{_found.Count} found:\n" + string.Join('\n', _found));
}
