namespace Kevo.Testing.Disk;

/// <summary>How a planned fault shows.</summary>
internal enum PlannedFaultKind
{
    /// <summary>The call fails and changes nothing.</summary>
    Fail,

    /// <summary>The machine stops before the call.</summary>
    CrashBefore,

    /// <summary>The machine stops after the call.</summary>
    CrashAfter,
}
