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
        new StatusCommand(),
        new HealthCommand(),
        new GetCommand(),
        new ScanCommand(),
        new PromoteCommand(),
        new ImportCommand(),
        new CommandGroup(
            "wal",
            "Look into a log directory; it may be in use.",
            new WalStatCommand(),
            new WalVerifyCommand(),
            new WalDumpCommand()),
        new ConfigCommand(),
        new CompletionCommand(),
        new ManCommand(),
        new VersionCommand(),
    ];
}
