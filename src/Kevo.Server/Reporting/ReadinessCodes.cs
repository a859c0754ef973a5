namespace Kevo.Server.Reporting;

/// <summary>The reasons against readiness, as probes, metrics and status name them.</summary>
public static class ReadinessCodes
{
    /// <summary>An error has ended the data path for good.</summary>
    public const string Failed = "failed";

    /// <summary>The data directory is being opened.</summary>
    public const string Recovering = "recovering";

    /// <summary>There is nothing to serve yet.</summary>
    public const string NoHistory = "no-history";

    /// <summary>
    /// A snapshot of the primary is needed or under way; until it is done, readers see the state before it.
    /// </summary>
    public const string CatchingUp = "catching-up";

    /// <summary>A stock primary has rotated its log and sends nothing any more.</summary>
    public const string PrimaryRotated = "primary-rotated";

    /// <summary>A stock primary's read service does not answer.</summary>
    public const string PrimaryNotAnswering = "primary-not-answering";

    /// <summary>A stock primary stops in good order.</summary>
    public const string PrimaryStopping = "primary-stopping";

    /// <summary>A stock primary was restarted, and only its first write tells whether its history goes on.</summary>
    public const string PrimaryRestarted = "primary-restarted";

    /// <summary>A stock primary is too far away to be listened to without harm.</summary>
    public const string PrimaryTooFar = "primary-too-far";

    /// <summary>No stream of the primary is open.</summary>
    public const string PrimaryUnreachable = "primary-unreachable";

    /// <summary>The primary has not been heard for too long.</summary>
    public const string PrimarySilent = "primary-silent";

    /// <summary>The node is too far behind.</summary>
    public const string Lagging = "lagging";

    /// <summary>The node cannot tell how far it is behind.</summary>
    public const string LagUnknown = "lag-unknown";

    /// <summary>A certificate in use has run out.</summary>
    public const string CertificateExpired = "certificate-expired";

    /// <summary>The node is about to stop.</summary>
    public const string Draining = "draining";
}
