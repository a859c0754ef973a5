using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary>What one run of a command works with.</summary>
internal sealed class Invocation
{
    /// <summary>The settings in effect.</summary>
    public required EffectiveSettings Settings { get; init; }

    /// <summary>Reads flags, environment and configuration file once more, for a reload.</summary>
    public required Func<EffectiveSettings> ReadSettings { get; init; }

    /// <summary>The process's variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The words given for the command's arguments, by their name.</summary>
    public required IReadOnlyDictionary<string, string> Arguments { get; init; }

    /// <summary>Where to write.</summary>
    public required Output Output { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
