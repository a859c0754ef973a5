using System.Collections;

namespace Kevo.Replica;

/// <summary>The environment the process was started with.</summary>
internal static class ProcessEnvironment
{
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
