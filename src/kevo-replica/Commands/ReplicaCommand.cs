using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary>One command of the executable. Its flags are the settings of the table that name it.</summary>
internal abstract class ReplicaCommand
{
    /// <summary>The word on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it does, as one sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>Its name in the option table; <see cref="CommandSet.None"/> for a mere group.</summary>
    public abstract CommandSet Set { get; }

    /// <summary>The words it needs.</summary>
    public virtual IReadOnlyList<CommandArgument> Arguments => [];

    /// <summary>The commands it groups; a group does nothing itself.</summary>
    public virtual IReadOnlyList<ReplicaCommand> Children => [];

    /// <summary>Does the work.</summary>
    /// <param name="invocation">Settings, words, output.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(Invocation invocation, CancellationToken stop);
}
