using System.Xml.Linq;

namespace Kevo.Repository.Tests;

/// <summary>A project of the solution, read from its file.</summary>
public sealed class ProjectFile
{
    private readonly XDocument _document;

    private ProjectFile(string path)
    {
        Path = path;
        _document = XDocument.Parse(CheckoutFiles.Read(path));
    }

    /// <summary>All projects.</summary>
    public static IReadOnlyList<ProjectFile> All { get; } =
        [.. CheckoutFiles.All.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(path => new ProjectFile(path))];

    /// <summary>Relative to the checkout.</summary>
    public string Path { get; }

    /// <summary>The project's name.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The directory of the project, with slashes.</summary>
    public string Directory => Path[..Path.LastIndexOf('/')];

    /// <summary>Names of the projects it refers to.</summary>
    public IReadOnlyList<string> References =>
        [.. Values("ProjectReference")
            .Select(path => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    /// <summary>Names of the packages it refers to.</summary>
    public IReadOnlyList<string> Packages => Values("PackageReference");

    /// <summary>Whether it may hold pointers.</summary>
    public bool AllowsUnsafe => Property("AllowUnsafeBlocks") == "true";

    /// <summary>The project whose directory holds the file.</summary>
    public static ProjectFile Above(string path) =>
        All.Single(project => path.StartsWith(project.Directory + "/", StringComparison.Ordinal));

    /// <summary>The namespace a file of this project belongs to.</summary>
    public string NamespaceOf(string path)
    {
        string root = Property("RootNamespace") ?? Name;
        string[] folders = path[(Directory.Length + 1)..].Split('/')[..^1];
        return string.Join('.', folders.Prepend(root));
    }

    /// <summary>The value of a property, if the file sets it.</summary>
    public string? Property(string name) => _document.Descendants(name).FirstOrDefault()?.Value;

    private List<string> Values(string item) =>
        [.. _document.Descendants(item).Select(found => found.Attribute("Include")?.Value).OfType<string>()];
}
