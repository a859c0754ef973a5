namespace Kevo.EndToEnd.Tests;

/// <summary>Numbers of log events that tests wait for; they never change their meaning.</summary>
internal static class Events
{
    /// <summary>A stream of the primary is open.</summary>
    public const int StreamOpened = 3004;

    /// <summary>The read service listens.</summary>
    public const int ReadsListening = 5010;

    /// <summary>A relay listens.</summary>
    public const int RelayListening = 6002;
}
