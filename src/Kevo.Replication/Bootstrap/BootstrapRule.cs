namespace Kevo.Replication.Bootstrap;

/// <summary>Whether the content of a stock primary is taken over by a snapshot.</summary>
public enum BootstrapRule
{
    /// <summary>Whenever the stream alone cannot bring it.</summary>
    Auto = 0,

    /// <summary>
    /// Like <see cref="Auto"/>, and the first snapshot of the process replaces the content held, in a new epoch.
    /// </summary>
    Always,

    /// <summary>Never; what the stream cannot bring stays missing, and the node says so and stops.</summary>
    Never,
}
