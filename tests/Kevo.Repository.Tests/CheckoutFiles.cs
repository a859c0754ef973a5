using Kevo.Testing;

namespace Kevo.Repository.Tests;

/// <summary>The files of the checkout without what builds and tools leave behind.</summary>
public static class CheckoutFiles
{
    private static readonly string[] Skipped =
        ["artifacts", "bin", "obj", ".git", ".vs", ".idea", "BenchmarkDotNet.Artifacts", "TestResults"];

    /// <summary>Paths relative to the checkout, with slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Walk(Kevo.Testing.Repository.Root).Order(StringComparer.Ordinal)];

    /// <summary>The content of a file.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Kevo.Testing.Repository.Root, path));

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            // In a linked worktree ".git" is a file.
            if (Path.GetFileName(file) != ".git")
            {
                yield return Path.GetRelativePath(Kevo.Testing.Repository.Root, file).Replace('\\', '/');
            }
        }

        foreach (string child in Directory.EnumerateDirectories(directory))
        {
            if (!Skipped.Contains(Path.GetFileName(child)))
            {
                foreach (string file in Walk(child))
                {
                    yield return file;
                }
            }
        }
    }
}
