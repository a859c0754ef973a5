namespace Kevo.EndToEnd.Tests;

/// <summary>Numbers of log events that tests wait for; they never change their meaning.</summary>
internal static class Events
{
    /// <summary>A stream of the primary is open.</summary>
    public const int StreamOpened = 3004;

    /// <summary>An attempt or a stream failed, and the next one comes later.</summary>
    public const int RetryLater = 3006;

    /// <summary>What is known of a stock primary changed.</summary>
    public const int ConditionChanged = 3015;

    /// <summary>A stock primary is offered another codec than the settings say.</summary>
    public const int OfferOverruled = 3018;

    /// <summary>The mode of following can freeze a stock primary.</summary>
    public const int ModeCanHarm = 3019;

    /// <summary>A stock primary does not sync what it sends.</summary>
    public const int PrimaryDoesNotCount = 3021;

    /// <summary>A snapshot is in place of the beginning that a relay no longer has.</summary>
    public const int Joined = 3024;

    /// <summary>A relay remembers replicas of its former life.</summary>
    public const int ReplicasRemembered = 4006;

    /// <summary>Status, probes and metrics are served.</summary>
    public const int AdminListening = 5030;

    /// <summary>The read service listens.</summary>
    public const int ReadsListening = 5010;

    /// <summary>A store built anew takes the place of a diverged one.</summary>
    public const int HistoryReplaced = 6021;

    /// <summary>A relay listens.</summary>
    public const int RelayListening = 6002;
}
