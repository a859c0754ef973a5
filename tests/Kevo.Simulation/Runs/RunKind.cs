namespace Kevo.Simulation.Runs;

/// <summary>What a node follows in a run.</summary>
public enum RunKind
{
    /// <summary>The real relay.</summary>
    Relay,

    /// <summary>A stock primary, in the default mode.</summary>
    Listen,

    /// <summary>A stock primary, by its ticker.</summary>
    Tick,

    /// <summary>A stock primary, by asking.</summary>
    Fill,

    /// <summary>The sidecar of a stock server.</summary>
    Sidecar,

    /// <summary>A node that follows a relay or a sidecar, with nodes behind it.</summary>
    Chain,
}
