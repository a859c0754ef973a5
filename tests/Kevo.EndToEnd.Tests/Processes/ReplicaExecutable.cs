namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>
/// The executable under test: the published one when KEVO_REPLICA_EXECUTABLE names it, else the one built with the
/// tests.
/// </summary>
internal static class ReplicaExecutable
{
    /// <summary>Its path.</summary>
    public static string FullPath { get; } =
        Environment.GetEnvironmentVariable("KEVO_REPLICA_EXECUTABLE") is { Length: > 0 } published
            ? published
            : Path.Combine(AppContext.BaseDirectory, "kevo-replica");
}
