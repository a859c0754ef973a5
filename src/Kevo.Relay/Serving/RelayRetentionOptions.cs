using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>How much history a relay keeps.</summary>
public sealed record RelayRetentionOptions
{
    /// <summary>
    /// Bytes of segments that are kept in any case, so that a replica that is away for longer than it is known for, or
    /// a new one, may find what it needs. Default: 1 GiB.
    /// </summary>
    public long KeepBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Bytes of segments beyond which history is deleted although a known replica needs it; its stream ends and it has
    /// to be resynchronised. Null for no limit. Default: none.
    /// </summary>
    public long? MaxBytes { get; init; }

    /// <summary>
    /// Whether this deletes segments. False where somebody else does (a store, behind its checkpoint): then history
    /// that is needed is only kept from being deleted. Default: true.
    /// </summary>
    public bool Deletes { get; init; } = true;

    /// <summary>
    /// Where the known replicas are remembered over restarts; null remembers them as long as the process lives.
    /// </summary>
    public KnownReplicaFile? File { get; init; }

    /// <summary>Time between two looks. Default: 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    internal void Validate()
    {
        if (KeepBytes < 0 || MaxBytes < KeepBytes || Interval <= TimeSpan.Zero)
        {
            throw new ConfigurationException(
                "Retention keeps 0 bytes or more, has a limit not below that, and an interval above zero.");
        }
    }
}
