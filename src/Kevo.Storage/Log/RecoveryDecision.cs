namespace Kevo.Storage.Log;

/// <summary>What opening a log does about a <see cref="RecoveryCase"/>.</summary>
public enum RecoveryDecision
{
    /// <summary>Nothing is wrong; go on.</summary>
    Accept,

    /// <summary>
    /// Remove bytes or files that were never durable on purpose; whatever they were can be fetched again.
    /// </summary>
    Cut,

    /// <summary>Refuse to open: what the disk holds cannot be the result of a crash of this software.</summary>
    Stop,
}
