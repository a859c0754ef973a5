namespace Kevo.Replica.Commands;

/// <summary>The commands there are.</summary>
internal static class ReplicaCommands
{
    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<ReplicaCommand> All { get; } =
    [
        new RunCommand(),
        new DemoCommand(),
        new RelayCommand(),
        new ConfigCommand(),
        new VersionCommand(),
    ];
}
