using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary>A word that only groups commands.</summary>
internal sealed class CommandGroup(string name, string summary, params ReplicaCommand[] children) : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string Summary => summary;

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.None;

    /// <inheritdoc/>
    public override IReadOnlyList<ReplicaCommand> Children => children;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop) =>
        throw new InvalidOperationException($"\"{name}\" is a group; the parser asks for one of its commands.");
}
