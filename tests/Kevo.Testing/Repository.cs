namespace Kevo.Testing;

/// <summary>Finds things of the checkout the tests run in.</summary>
public static class Repository
{
    /// <summary>The directory that holds the solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// Directories that stock Kevo wrote, one per case, or null when this machine has none: the value of
    /// <c>KEVO_GOLDEN</c>, else <c>shared/golden</c> beside the checkout.
    /// </summary>
    public static string? Golden { get; } = FindGolden();

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Kevo.Native.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException(
            "The tests must run from inside a checkout: no Kevo.Native.sln above them.");
    }

    private static string? FindGolden()
    {
        string? named = Environment.GetEnvironmentVariable("KEVO_GOLDEN");
        if (named is not null)
        {
            return Directory.Exists(named) ? named : null;
        }

        for (DirectoryInfo? at = new DirectoryInfo(Root).Parent; at is not null; at = at.Parent)
        {
            string beside = Path.Combine(at.FullName, "shared", "golden");
            if (Directory.Exists(beside))
            {
                return beside;
            }
        }

        return null;
    }
}
