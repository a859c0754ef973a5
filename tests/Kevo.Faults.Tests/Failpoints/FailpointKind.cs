namespace Kevo.Faults.Tests.Failpoints;

/// <summary>What happens at a call to the disk.</summary>
internal enum FailpointKind
{
    /// <summary>It fails with an input/output error (a sync as a failed sync).</summary>
    InputOutput,

    /// <summary>It fails because the disk is full (a sync as a failed sync).</summary>
    Full,

    /// <summary>The process ends before it.</summary>
    KilledBefore,

    /// <summary>The power fails right before it.</summary>
    PowerCutBefore,

    /// <summary>The power fails right after it.</summary>
    PowerCutAfter,
}
