namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>
/// The executable under test: the published one when KEVO_TEST_EXECUTABLE names it, else the one built with the
/// tests.
/// </summary>
internal static class ReplicaExecutable
{
    /// <summary>The path of the one built with the tests.</summary>
    public static string OfTests { get; } = Path.Combine(AppContext.BaseDirectory, "kevo-replica");

    /// <summary>Its path.</summary>
    public static string FullPath { get; } =
        Environment.GetEnvironmentVariable("KEVO_TEST_EXECUTABLE") is { Length: > 0 } published
            ? published
            : OfTests;
}
