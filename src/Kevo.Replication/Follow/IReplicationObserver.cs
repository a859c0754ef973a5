using Kevo.Replication.Observation;

namespace Kevo.Replication.Follow;

/// <summary>
/// Told of what the replica does, as it happens. Every member is called on the loop's thread, never per entry; it must
/// not block and must not throw. Members do nothing unless implemented.
/// </summary>
public interface IReplicationObserver
{
    /// <summary>The loop changed its state.</summary>
    void StateChanged(in StateTransition transition)
    {
    }

    /// <summary>A unit of apply and sync is durable and visible.</summary>
    void BatchSynced(in BatchFigures figures)
    {
    }

    /// <summary>The primary accepted an acknowledgement; <paramref name="roundTrip"/> is how long that took.</summary>
    void Acknowledged(AcknowledgedPosition position, TimeSpan roundTrip)
    {
    }

    /// <summary>A stream was opened.</summary>
    void SessionOpened(Session.SessionHeaders headers)
    {
    }

    /// <summary>An attempt or a session failed.</summary>
    void Failed(in Failure failure)
    {
    }
}
