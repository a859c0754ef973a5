using System.Collections;

namespace Kevo.Replica;

/// <summary>The environment the process was started with.</summary>
internal static class ProcessEnvironment
{
    /// <summary>
    /// Gives the process a home when it has none. .NET looks there for certificates of the user, and where there is
    /// neither <c>HOME</c> nor a database of users, as in an empty root directory, it fails instead of finding nothing.
    /// </summary>
    public static void EnsureHome()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
        {
            Environment.SetEnvironmentVariable("HOME", "/");
        }
    }

    /// <summary>All variables.</summary>
    public static IReadOnlyDictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
